package org.smsdispatcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.Level;

class LogSettingsTest {

    private static LogSettings settings(
            String format, String level, String lambdaFormat, String lambdaLevel, String name) {
        Map<String, String> variables = new HashMap<>();
        variables.put("LOG_FORMAT", format);
        variables.put("LOG_LEVEL", level);
        variables.put("AWS_LAMBDA_LOG_FORMAT", lambdaFormat);
        variables.put("AWS_LAMBDA_LOG_LEVEL", lambdaLevel);
        variables.put("AWS_LAMBDA_FUNCTION_NAME", name);
        return LogSettings.of(variables::get);
    }

    @ParameterizedTest
    @CsvSource({
        // LOG_FORMAT, LOG_LEVEL, Lambda's format, Lambda's level, function: JSON?, level
        ",      ,      ,     ,      ,         false, INFO",
        ",      ,      ,     ,      dispatch, true,  INFO",
        ",      ,      Text, ,      dispatch, true,  INFO",
        ",      ,      JSON, DEBUG, ,         true,  DEBUG",
        "text,  ,      JSON, ,      dispatch, false, INFO",
        "JSON,  ,      ,     ,      ,         true,  INFO",
        ",      warn,  JSON, DEBUG, dispatch, true,  WARN",
        ",      ,      JSON, FATAL, dispatch, true,  ERROR",
        ",      Trace, ,     ,      ,         false, TRACE",
    })
    void readsTheEnvironment(
            String format,
            String level,
            String lambdaFormat,
            String lambdaLevel,
            String name,
            boolean json,
            Level lowest) {
        LogSettings settings = settings(format, level, lambdaFormat, lambdaLevel, name);

        assertThat(settings).isEqualTo(new LogSettings(json, lowest, Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({"yaml, , LOG_FORMAT", ", loud, LOG_LEVEL"})
    void namesWhatItDoesNotKnowAndGoesOn(String format, String level, String named) {
        LogSettings settings = settings(format, level, null, null, null);

        assertThat(settings.problem())
                .hasValueSatisfying(problem -> assertThat(problem).startsWith(named));
        assertThat(settings.json()).isFalse();
        assertThat(settings.level()).isEqualTo(Level.INFO);
    }

    /** What libraries say below a warning quotes messages and rows, whatever level is set. */
    @ParameterizedTest
    @CsvSource({"trace, WARN", "info, WARN", "warn, WARN", "error, ERROR"})
    void librariesWarnAtMost(String level, Level lowest) {
        LogSettings settings = settings(null, level, null, null, null);

        assertThat(settings.lowest("org.apache.camel.component.sql.SqlProducer"))
                .contains(lowest);
        assertThat(settings.lowest("software.amazon.awssdk.request")).contains(lowest);
    }

    @Test
    void camelsErrorHandlerIsSilent() {
        LogSettings settings = settings(null, "trace", null, null, null);

        assertThat(settings.lowest("org.apache.camel.processor.errorhandler.DefaultErrorHandler"))
                .isEmpty();
        assertThat(settings.lowest("org.smsdispatcher.DispatchHandler")).contains(Level.TRACE);
    }
}
