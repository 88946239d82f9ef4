package org.smsdispatcher.publish;

import java.util.List;

/** What the split of {@code routes/publish.camel.yaml} gathers, as a hand-written function would. */
public final class PlainPublishing {

    private PlainPublishing() {}

    /** The results of chunks that are through. */
    public static Published gather(List<Chunk> chunks) {
        Published published = new Published();
        chunks.forEach(chunk -> published.add(chunk, null));
        return published;
    }
}
