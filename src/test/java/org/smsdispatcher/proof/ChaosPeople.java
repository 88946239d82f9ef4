package org.smsdispatcher.proof;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The people of a campaign: who is brought, more of them while it runs, and who opts out meanwhile. */
final class ChaosPeople {

    /** Of whom no log may tell. */
    static final List<Pattern> SECRETS = List.of(
            // no hexadecimal digit beside it: part of an id is no number
            Pattern.compile("(?<![0-9A-Za-z-])\\+?1?[ (-]*213[ )-]*5\\d\\d[ -]?\\d{4}(?![0-9A-Za-z])"),
            Pattern.compile("Zebulon"));

    private static final String FIRST_NUMBER = "12135000000";
    private static final int TOP_UP = 500;

    private final ChaosDatabase database;
    private final ChaosRedis redis;
    private final UUID campaign;
    private final Counts counts;
    private final Random random;
    private final AtomicInteger imported = new AtomicInteger();
    private final List<ChaosJudge.OptOut> optOuts = Collections.synchronizedList(new ArrayList<>());

    ChaosPeople(ChaosDatabase database, ChaosRedis redis, UUID campaign, Counts counts, long seed) {
        this.database = database;
        this.redis = redis;
        this.campaign = campaign;
        this.counts = counts;
        this.random = new Random(seed);
    }

    int imported() {
        return imported.get();
    }

    List<ChaosJudge.OptOut> optOuts() {
        return List.copyOf(optOuts);
    }

    /** Imports so many; every fiftieth is somebody who is there already, written differently. */
    void bring(int count) {
        database.update(
                "INSERT INTO contacts (campaign_id, phone_number, timezone, metadata)"
                        + " SELECT ?, CASE WHEN i % 50 = 49 THEN regexp_replace(n.prior, '^.1(...)(...)', '+1 (\\1) \\2-')"
                        + "                ELSE '+' || (" + FIRST_NUMBER + " + i) END,"
                        + "        CASE WHEN i % 5 = 1 THEN '" + ChaosClock.EVEN + "' WHEN i % 5 = 3 THEN '"
                        + ChaosClock.ODD + "' END,"
                        + "        jsonb_build_object('name', 'Zebulon' || i)"
                        + "   FROM generate_series(?, ?) i CROSS JOIN LATERAL (SELECT '+' || (" + FIRST_NUMBER
                        + " + i - 7) AS prior) n"
                        + " ON CONFLICT DO NOTHING",
                campaign,
                imported.get(),
                imported.get() + count - 1);
        imported.addAndGet(count);
    }

    /** Imports some more when few are left. */
    void topUp() {
        Processes.sleep(500);
        if (database.count(
                        "SELECT count(*) FROM (SELECT 1 FROM contacts WHERE campaign_id = ? AND status = 'pending' AND timezone IS NULL LIMIT ?) AS few",
                        campaign,
                        TOP_UP)
                < TOP_UP) {
            bring(TOP_UP);
        }
    }

    /** Somebody opts out, every third time one who is in progress. PostgreSQL learns it first, Redis perhaps. */
    void optOut() {
        Processes.sleep(20 + random.nextInt(150));
        List<Map<String, Object>> found = database.rows(
                "SELECT phone_number FROM contacts WHERE campaign_id = ? AND status = ? AND id > ? ORDER BY id LIMIT 1",
                campaign,
                random.nextInt(3) == 0 ? "in_progress" : "pending",
                UUID.randomUUID());
        if (found.isEmpty()) {
            return;
        }
        String digits = ((String) found.get(0).get("phone_number")).replaceAll("[^0-9]", "");
        // a repetition of what was committed before its answer was lost finds it there
        database.update(
                "INSERT INTO blacklist (phone_number, source) VALUES (?, 'user_optout') ON CONFLICT DO NOTHING",
                spelling(digits));
        optOuts.add(new ChaosJudge.OptOut("+" + digits, Instant.now()));
        counts.count("numbers blacklisted");
        if (random.nextBoolean() && redis.bar("+" + digits)) {
            counts.count("numbers blacklisted in Redis, too");
        }
    }

    private String spelling(String digits) {
        String national = digits.substring(1);
        return switch (random.nextInt(5)) {
            case 0 -> digits;
            case 1 -> "+1 " + national.substring(0, 3) + "-" + national.substring(3, 6) + "-" + national.substring(6);
            case 2 -> "+1 (" + national.substring(0, 3) + ") " + national.substring(3);
            case 3 -> "+" + arabicIndic(digits);
            default -> "+" + digits;
        };
    }

    private static String arabicIndic(String digits) {
        return digits.chars()
                .mapToObj(digit -> Character.toString(digit - '0' + 0x660))
                .collect(Collectors.joining());
    }
}
