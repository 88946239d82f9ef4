package org.smsdispatcher.publish;

import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;

/** Gathers the results of a slice's chunks. A chunk that broke does not take the others' results with it. */
public final class PublishedChunks implements AggregationStrategy {

    @Override
    public Exchange aggregate(Exchange gathered, Exchange item) {
        Published published =
                gathered == null ? new Published() : gathered.getMessage().getBody(Published.class);
        published.add(item.getVariable("chunk", Chunk.class), item.getException());
        item.setException(null);
        item.getMessage().setBody(published);
        return item;
    }
}
