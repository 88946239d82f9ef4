package org.smsdispatcher.publish;

/** What happens to a message of which nobody knows whether SNS accepted it ({@code PUBLISH_POLICY}). */
public enum PublishPolicy {
    /** It fails as {@code unknown} and is never published again: at most once. */
    FAIL,
    /** It is published again under the same id: at least once, for a gateway that is known to drop repeated ids. */
    REPUBLISH;

    /**
     * The policy of that name.
     *
     * @throws IllegalArgumentException naming the setting, when there is none
     */
    public static PublishPolicy of(String name) {
        return switch (name) {
            case "FAIL" -> FAIL;
            case "REPUBLISH" -> REPUBLISH;
            default ->
                throw new IllegalArgumentException("PUBLISH_POLICY must be FAIL or REPUBLISH, it is '" + name + "'");
        };
    }
}
