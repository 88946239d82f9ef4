package org.smsdispatcher.log;

import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * SLF4J's way to this package. Of our own, since nothing but a line on a stream is wanted: Logback took 20 ms of a cold start and
 * Log4j 67 ms, and what keeps row values out of the lines would have come on top.
 */
public final class LogProvider implements SLF4JServiceProvider {

    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final LogContext context = new LogContext();
    private final LogSettings settings = LogSettings.of(System::getenv);
    private final LogLines lines = new LogLines(settings.json(), context, InstantSource.system());

    @Override
    public void initialize() {
        settings.problem().ifPresent(problem -> lines.write(Level.WARN, LogProvider.class.getName(), problem, null));
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return name -> loggers.computeIfAbsent(name, each -> new Log(each, lines, settings.lowest(each)));
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }
}
