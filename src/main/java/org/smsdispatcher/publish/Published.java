package org.smsdispatcher.publish;

import java.util.ArrayList;
import java.util.List;
import org.smsdispatcher.reply.Result;

/** What became of a slice's chunks. Filled by the split, chunk by chunk. */
public final class Published {

    private final List<Result> results = new ArrayList<>();
    private Exception failure;

    /** The results of a chunk that is through, and what it broke on, null for nothing. */
    void add(Chunk chunk, Exception broke) {
        results.addAll(chunk.results());
        if (failure == null) {
            failure = broke;
        }
    }

    /** One result a contact. */
    public List<Result> results() {
        return results;
    }

    /** Throws what the first broken chunk broke on, if one did. */
    public void throwFailure() throws Exception {
        if (failure != null) {
            throw failure;
        }
    }
}
