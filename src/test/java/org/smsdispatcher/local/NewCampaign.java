package org.smsdispatcher.local;

import java.io.PrintStream;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.contact.MessageTemplate;
import org.smsdispatcher.local.ContactsCsv.BadLine;
import redis.clients.jedis.Jedis;

/** Makes the campaign the options ask for: the user's contacts, or the demo. Everything is checked before anything is written. */
final class NewCampaign {

    private static final String TEMPLATE = "Hi {{name|there}}, this is a test of the SMS dispatcher.";
    private static final int BAD_LINES_SHOWN = 20;

    private final LocalRunOptions options;
    private final LocalEnvironment environment;
    private final LocalDatabase database;
    private final PrintStream out;
    private final InstantSource clock;

    NewCampaign(
            LocalRunOptions options,
            LocalEnvironment environment,
            LocalDatabase database,
            PrintStream out,
            InstantSource clock) {
        this.options = options;
        this.environment = environment;
        this.database = database;
        this.out = out;
        this.clock = clock;
    }

    /** Loads it, and returns its id. */
    UUID load() {
        return options.contacts == null ? loadDemo() : loadContacts();
    }

    /** The demo, with the id that events know it by where the database is the local run's own. */
    private UUID loadDemo() {
        Demo demo = new Demo();
        UUID id = environment.ownsDatabase() ? Demo.CAMPAIGN : UUID.randomUUID();
        add(id, Demo.NAME, Demo.TEMPLATE, Demo.ZONE, demo.contacts());
        database.addToBlacklist(demo.blacklist());
        if (environment.ownsRedis() || options.demo) {
            addToRedis(demo.redisBlacklist());
        }
        return id;
    }

    private UUID loadContacts() {
        ContactsCsv.Contents file = ContactsCsv.read(options.contacts);
        file.badLines().stream().limit(BAD_LINES_SHOWN).forEach(this::print);
        int more = file.badLines().size() - BAD_LINES_SHOWN;
        if (more > 0) {
            out.println("... and " + more + " more lines that are not loaded");
        }
        LocalRunOptions.require(
                options.template != null || environment.sns().isPresent(),
                "--template is needed where AWS_ENDPOINT_URL names the SNS: it may have real recipients");
        warnOfMissingColumns(file.columns());
        UUID id = UUID.randomUUID();
        String name = "local run " + clock.instant().truncatedTo(ChronoUnit.SECONDS);
        add(id, name, TEMPLATE, "UTC", file.contacts());
        return id;
    }

    private void print(BadLine line) {
        out.println(options.contacts.getFileName() + " line " + line.line() + ": " + line.reason() + "; not loaded");
    }

    private void warnOfMissingColumns(List<String> columns) {
        if (options.template != null) {
            Set<String> missing = new TreeSet<>(template(options.template).names());
            missing.removeAll(columns);
            if (!missing.isEmpty()) {
                out.println("The file has no column " + String.join(", ", missing)
                        + ", for which the template asks; its columns are: " + String.join(", ", columns));
            }
        }
    }

    private void add(UUID id, String name, String template, String zone, List<NewContact> contacts) {
        String text = Optional.ofNullable(options.template).orElse(template);
        String windows = Optional.ofNullable(options.windows).orElse(Demo.WINDOWS);
        String ownZone = Optional.ofNullable(options.zone).orElse(zone);
        template(text);
        LocalRunOptions.require(
                new TimeZones().find(ownZone).isPresent(), "--zone " + ownZone + " is not an IANA time zone");
        database.addCampaign(id, name, text, WindowsText.toJson(windows), ownZone);
        database.addContacts(id, contacts);
        out.printf("%-12s%s, %s: %d contacts, windows %s%n", "Campaign", id, name, contacts.size(), windows);
    }

    private static MessageTemplate template(String text) {
        try {
            return MessageTemplate.parse(text);
        } catch (IllegalArgumentException e) {
            throw new LocalRunException("--template: " + e.getMessage());
        }
    }

    private void addToRedis(List<String> numbers) {
        try (Jedis redis = environment.redis()) {
            numbers.forEach(number -> redis.set("blacklist:" + number, "1"));
        }
    }
}
