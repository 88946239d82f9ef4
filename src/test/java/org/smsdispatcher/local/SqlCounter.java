package org.smsdispatcher.local;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Counts the statements that routes send to PostgreSQL; Camel finds it in the registry. */
final class SqlCounter extends EventNotifierSupport {

    private final AtomicInteger statements = new AtomicInteger();

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof CamelEvent.ExchangeSentEvent sent
                && sent.getEndpoint().getEndpointUri().startsWith("sql:")) {
            statements.incrementAndGet();
        }
    }

    int statements() {
        return statements.get();
    }
}
