package org.smsdispatcher.proof;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.smsdispatcher.lambda.Ending;
import org.smsdispatcher.local.SnsEndpoint;
import org.smsdispatcher.publish.PublishPolicy;

/**
 * Kills the function, and everything around it, until something breaks: real processes under the runtime client, on a PostgreSQL, a Redis
 * and an SNS that fail in every way known. Under both policies, and then, under the same faults, the naive dispatcher, who has to be
 * convicted of what the function is innocent of.
 */
final class Chaos implements AutoCloseable {

    private static final int CONTACTS_A_KILL = 50;

    private final Plan plan;
    private final Path directory = Path.of("target", "chaos").toAbsolutePath();
    private final ChaosFunctions functions;
    private final ChaosServer server;
    private final ChaosRedis redis = new ChaosRedis();
    private final SnsEndpoint sns = SnsEndpoint.start();

    /**
     * How much of it.
     *
     * @param kills how often a process is killed, under each policy at least
     * @param contacts how many there are at first; more come when they run out
     * @param slots processes at a time
     * @param zombies and so many more, for being stopped beyond their lease
     */
    record Plan(int kills, int contacts, int slots, int zombies, long seed) {

        int processes() {
            return slots + zombies;
        }

        /** How often the naive dispatcher's processes are killed at least; it is convicted soon. */
        int naiveKills() {
            return Math.min(100, Math.max(6, kills / 3));
        }

        /** How long a campaign is under fire before the run is given up. */
        Duration atMost() {
            return Duration.ofMinutes(5).plusSeconds(kills * 3L);
        }
    }

    Chaos(Plan plan) throws IOException {
        this.plan = plan;
        delete(directory);
        Files.createDirectories(directory);
        functions = new ChaosFunctions(directory);
        server = new ChaosServer(directory);
        server.createRole("sms_dispatcher", null);
        server.createRole("sms_tracking", null);
        for (int slot = 0; slot <= plan.processes(); slot++) {
            server.createRole(ChaosCampaign.login(slot), "sms_dispatcher");
        }
    }

    /** Deletes it with all it holds, if it is there. */
    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                files.map(Path::toFile).sorted((a, b) -> b.compareTo(a)).forEach(File::delete);
            }
        }
    }

    /** All of it: the function under either policy, then the naive dispatcher. */
    ChaosReport run() throws IOException {
        System.out.printf(
                Locale.ROOT,
                "seed %d; %d kills a policy, %d processes at a time and %d more to be stopped; %s; %s; given up after %d minutes a policy%n",
                plan.seed(),
                plan.kills(),
                plan.slots(),
                plan.zombies(),
                functions.describe(),
                server.describe(),
                plan.atMost().toMinutes());
        List<ChaosReport.Part> parts = new ArrayList<>();
        for (PublishPolicy policy : PublishPolicy.values()) {
            try (ChaosCampaign campaign =
                    new ChaosCampaign(plan, world(policy.name()), functions.dispatcher(), policy)) {
                ChaosReport.Part part = new ChaosReport.Part(policy.name(), campaign.dispatch(), campaign.counts());
                // in case the next one is given up
                System.out.println(part.name() + ": " + part.counts());
                parts.add(part);
            }
        }
        try (ChaosCampaign campaign = new ChaosCampaign(plan, world("naive"), functions.naive(), PublishPolicy.FAIL)) {
            return new ChaosReport(parts, new ChaosReport.Part("naive", campaign.dispatchNaively(), campaign.counts()));
        }
    }

    private ChaosCampaign.World world(String name) {
        sns.clear();
        redis.empty();
        return new ChaosCampaign.World(
                server.createDatabase("chaos_" + name.toLowerCase(Locale.ROOT)), redis, sns, functions, directory);
    }

    @Override
    public void close() {
        sns.close();
        redis.close();
        server.close();
    }

    /** {@code kills contacts slots zombies seed}; a seed of 0 is one of its own. */
    public static void main(String[] arguments) {
        Ending.exitAfter(() -> {
            long seed = Long.parseLong(arguments[4]);
            int kills = Integer.parseInt(arguments[0]);
            int contacts = Integer.parseInt(arguments[1]);
            Plan plan = new Plan(
                    kills,
                    contacts == 0 ? kills * CONTACTS_A_KILL : contacts,
                    Integer.parseInt(arguments[2]),
                    Integer.parseInt(arguments[3]),
                    seed == 0 ? Instant.now().getEpochSecond() : seed);
            try (Chaos chaos = new Chaos(plan)) {
                ChaosReport report = chaos.run();
                System.out.println(report.print());
                report.complain();
            }
        });
    }
}
