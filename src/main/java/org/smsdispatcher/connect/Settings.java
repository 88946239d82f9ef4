package org.smsdispatcher.connect;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.smsdispatcher.BadConfigurationException;

/**
 * The settings of {@code application.properties} and the environment, read by key. For what must arrive as it was written, as a
 * password: a bean's constructor arguments in YAML are one text to Camel, cut at quotes and commas.
 */
public final class Settings {

    private final Function<String, Optional<String>> properties;

    /**
     * Settings from anywhere.
     *
     * @param properties the value of a key such as {@code db.host}, if there is one
     */
    public Settings(Function<String, Optional<String>> properties) {
        this.properties = properties;
    }

    /**
     * A setting that has to be there.
     *
     * @throws BadConfigurationException naming the environment variable, when it is missing or blank
     */
    public String text(String key) {
        return optional(key).orElseThrow(() -> new BadConfigurationException(variable(key) + " is not set"));
    }

    /** A setting that may be missing; a blank one is. */
    public Optional<String> optional(String key) {
        return properties.apply(key).filter(value -> !value.isBlank());
    }

    /**
     * A whole number that has to be there.
     *
     * @throws BadConfigurationException naming the environment variable, when it is missing or not within the bounds
     */
    public int number(String key, int min, int max) {
        String text = text(key);
        try {
            int number = Integer.parseInt(text.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new BadConfigurationException(
                variable(key) + " must be a whole number from " + min + " to " + max + ", it is '" + text + "'");
    }

    /**
     * Whether something is wanted; not when it is not set.
     *
     * @throws BadConfigurationException naming the environment variable, when it is neither {@code true} nor {@code false}
     */
    public boolean flag(String key) {
        String text = optional(key).orElse("false").strip();
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            return Boolean.parseBoolean(text);
        }
        throw new BadConfigurationException(variable(key) + " must be true or false, it is '" + text + "'");
    }

    /** The environment variable of a key, for messages. */
    static String variable(String key) {
        return key.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
