package org.smsdispatcher.log;

import java.util.Optional;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A logger. */
final class Log extends LegacyAbstractLogger {

    private final transient LogLines lines;
    private final transient Optional<Level> lowest;

    Log(String name, LogLines lines, Optional<Level> lowest) {
        this.name = name;
        this.lines = lines;
        this.lowest = lowest;
    }

    private boolean isEnabled(Level level) {
        return lowest.isPresent() && level.toInt() >= lowest.get().toInt();
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable failure) {
        lines.write(level, name, MessageFormatter.basicArrayFormat(pattern, arguments), failure);
    }
}
