package org.smsdispatcher.local;

import java.nio.file.Path;
import java.util.UUID;
import picocli.CommandLine.Option;

/** What the local run may be told; {@code docs/local-run.md} has an example of each. */
final class LocalRunOptions {

    @Option(
            names = "--contacts",
            paramLabel = "FILE.csv",
            description =
                    "Dispatch a new campaign to these contacts. The first line names the columns: phone_number, timezone"
                            + " (may be missing) and any others, which the template may ask for.")
    Path contacts;

    @Option(
            names = "--demo",
            description = "Load the demo campaign into the database that DB_HOST names, or publish it far away.")
    boolean demo;

    @Option(
            names = "--campaign",
            paramLabel = "UUID",
            description = "Dispatch this campaign of the database that DB_HOST names.")
    UUID campaign;

    @Option(
            names = "--event",
            paramLabel = "FILE.json",
            description = "Send this event as it is, print the reply or the error, and end.")
    Path event;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "The new campaign's message, with {{column}} or {{column|fallback}}.")
    String template;

    @Option(
            names = "--windows",
            paramLabel = "TEXT",
            description =
                    "When contacts may be texted, on their own clocks: 'mon-fri 9-20, sat 10:30-18', '9-20' (every day),"
                            + " 'always', or the JSON of callingWindows. Default: " + Demo.WINDOWS + ".")
    String windows;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "The IANA time zone of contacts without one. Default: UTC, for the demo " + Demo.ZONE + ".")
    String zone;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Contacts an invocation claims at most, 1 to 10000. Default: BATCH_SIZE, and that is 100.")
    Integer batchSize;

    @Option(
            names = "--migrate",
            description =
                    "First run the migrations on the database that DB_HOST names; the local run's own is always migrated.")
    boolean migrate;

    @Option(names = "--all", description = "Show every contact, not some examples of each outcome.")
    boolean all;

    /** Whether a campaign has to be made. */
    boolean makesCampaign() {
        return campaign == null && event == null;
    }

    /**
     * Refuses what does not go together.
     *
     * @throws LocalRunException saying which
     */
    void check() {
        int sources =
                (contacts == null ? 0 : 1) + (demo ? 1 : 0) + (campaign == null ? 0 : 1) + (event == null ? 0 : 1);
        require(sources <= 1, "--contacts, --demo, --campaign and --event exclude each other");
        boolean describesCampaign = template != null || windows != null || zone != null;
        require(
                makesCampaign() || !describesCampaign,
                "--template, --windows and --zone are for a new campaign, not for --campaign or --event");
        require(event == null || batchSize == null, "--batch-size is for campaigns; an event says its own batchSize");
        require(batchSize == null || (batchSize >= 1 && batchSize <= 10_000), "--batch-size must be 1 to 10000");
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new LocalRunException(otherwise);
        }
    }
}
