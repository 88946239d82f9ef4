package org.smsdispatcher.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.smsdispatcher.DispatchHandler;
import org.smsdispatcher.TrackingHandler;

/**
 * Both functions in one process, so that one cache serves either. Not in the image: while it trains, this class alone lies beside
 * the jar, where the runtime client looks for handlers too, and the class path stays the one that the cache is for.
 */
public final class TrainingHandler implements RequestStreamHandler {

    static final String NAME = "org.smsdispatcher.lambda.TrainingHandler::handleRequest";

    private static final Path CLASS = Path.of("org", "smsdispatcher", "lambda", "TrainingHandler.class");

    private final DispatchHandler dispatching = new DispatchHandler();
    private final TrackingHandler tracking = new TrackingHandler();

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        byte[] read = event.readAllBytes();
        String text = new String(read, StandardCharsets.UTF_8);
        boolean tracked = text.contains("\"Records\"") || text.contains("\"rawPath\"") || text.contains("\"report\"");
        RequestStreamHandler handler = tracked ? tracking : dispatching;
        handler.handleRequest(new ByteArrayInputStream(read), reply, context);
    }

    /** Puts the class where the runtime client finds it, and returns where. */
    static Path placeIn(Path directory) throws IOException {
        Path target = directory.resolve(CLASS);
        Files.createDirectories(target.getParent());
        return Files.copy(
                Path.of("target", "test-classes").resolve(CLASS), target, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Takes the class and the folders made for it away again. */
    static void remove(Path placed, Path directory) throws IOException {
        for (Path each = placed; !each.equals(directory); each = each.getParent()) {
            Files.delete(each);
        }
    }
}
