package org.smsdispatcher.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.local.SnsEndpoint.Accepted;

/**
 * Plays the gateway, the provider and the recipients: takes the messages from the topic, and tells the tracking function what became of
 * them, late, out of order and some of it twice, one half through SNS and one through SQS; some recipients follow their links, a
 * messenger draws previews, a scanner rushes in. It remembers what it did. The same at each run for the same messages.
 */
final class DemoGateway {

    private static final Pattern LINK =
            Pattern.compile("https?://[^\\s/]+(?:/[^\\s/]+)*(/[0-9A-Za-z]{11})(?![0-9A-Za-z])");

    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
    private static final String MESSENGER = "WhatsApp/2.23.20.0";
    private static final int BURST = 5;
    private static final int QUEUE_BATCH = 10;
    private static final BigDecimal PART_PRICE = new BigDecimal("0.0075");

    /** Clicks within a second of acceptance are taken for a program's. */
    private static final Duration NOBODY_IS_FASTER = Duration.ofMillis(1_200);

    private final JsonMapper json = new JsonMapper();
    private final Random random = new Random(20_261_125);
    private final LocalTracker tracker;
    private final Did did = new Did();

    DemoGateway(LocalTracker tracker) {
        this.tracker = tracker;
    }

    /** What it did, counted as it went along; each message once in one of the first four. */
    static final class Did {
        int onItsWay;
        int delivered;
        int undelivered;
        int failed;
        int opens;
        int deliveredAndClicked;
        int humanClicks;
        int allClicks;
        int optOuts;
        int parts;
        BigDecimal cost = BigDecimal.ZERO;
        int receipts;
        int repeated;

        int accepted() {
            return onItsWay + delivered + undelivered + failed;
        }
    }

    /** Carries the messages, to the last receipt and click. */
    Did carry(List<Accepted> messages) {
        List<String> receipts = new ArrayList<>();
        List<String> clicks = new ArrayList<>();
        for (Accepted message : messages) {
            carry(message, receipts, clicks);
        }
        did.receipts = receipts.size();
        repeatSome(receipts);
        Collections.shuffle(receipts, random);
        tell(receipts);
        waitForTheFirstReader(messages);
        Collections.shuffle(clicks, random);
        clicks.forEach(this::click);
        return did;
    }

    private void carry(Accepted message, List<String> receipts, List<String> clicks) {
        String text = text(message);
        int parts = Segments.of(text).parts();
        BigDecimal cost = PART_PRICE.multiply(BigDecimal.valueOf(parts));
        did.parts += parts;
        did.cost = did.cost.add(cost);
        receipts.add(receipt(message, "accepted")
                .put("parts", parts)
                .put("cost", cost)
                .toString());
        int fate = random.nextInt(100);
        if (fate < 4) {
            did.onItsWay++;
        } else if (fate < 10) {
            did.undelivered++;
            receipts.add(receipt(message, "undelivered")
                    .put("reason", "the phone is off")
                    .toString());
        } else if (fate < 13) {
            did.failed++;
            receipts.add(receipt(message, "failed")
                    .put("reason", "no such subscriber")
                    .toString());
        } else {
            did.delivered++;
            receipts.add(receipt(message, "sent").toString());
            receipts.add(receipt(message, "delivered").toString());
            if (fate == 99) {
                did.optOuts++;
                receipts.add(receipt(message, "opted_out").put("reason", "STOP").toString());
            }
            follow(text, fate, clicks);
        }
    }

    /** Every fourth reader taps the link, some twice; the messenger previews every fifth message; one link falls to a scanner. */
    private void follow(String text, int fate, List<String> clicks) {
        Matcher link = LINK.matcher(text);
        if (!link.find()) {
            return;
        }
        String path = link.group(1);
        if (did.delivered == 7) {
            clicks.add("BURST " + path);
            did.allClicks += BURST;
            return;
        }
        if (fate % 5 == 0) {
            clicks.add("GET " + path + " " + MESSENGER);
            clicks.add("HEAD " + path + " " + PHONE);
            did.allClicks += 2;
        }
        if (fate % 4 == 0) {
            int times = fate % 3 == 0 ? 2 : 1;
            clicks.addAll(Collections.nCopies(times, "GET " + path + " " + PHONE));
            did.allClicks += times;
            did.humanClicks += times;
            did.opens++;
            did.deliveredAndClicked++;
        }
    }

    private void repeatSome(List<String> receipts) {
        for (int i = 0; i < did.receipts; i += 7) {
            receipts.add(receipts.get(i));
            did.repeated++;
        }
    }

    private void tell(List<String> receipts) {
        int half = receipts.size() / 2;
        receipts.subList(0, half).forEach(tracker::notify);
        for (int from = half; from < receipts.size(); from += QUEUE_BATCH) {
            int refused = tracker.batch(receipts.subList(from, Math.min(from + QUEUE_BATCH, receipts.size())));
            if (refused > 0) {
                throw new IllegalStateException(
                        "The tracking function gave " + refused + " receipts back to the queue");
            }
        }
    }

    private static void waitForTheFirstReader(List<Accepted> messages) {
        messages.stream().map(Accepted::receivedAt).max(Instant::compareTo).ifPresent(last -> {
            long left =
                    Duration.between(Instant.now(), last.plus(NOBODY_IS_FASTER)).toMillis();
            try {
                Thread.sleep(Math.max(0, left));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LocalRunException("interrupted");
            }
        });
    }

    private void click(String click) {
        String[] words = click.split(" ", 3);
        int times = words[0].equals("BURST") ? BURST : 1;
        for (int i = 0; i < times; i++) {
            int status =
                    times > 1 ? tracker.request("GET", words[1], PHONE) : tracker.request(words[0], words[1], words[2]);
            if (status != 302) {
                throw new IllegalStateException("The link " + words[1] + " was answered with " + status);
            }
        }
    }

    private ObjectNode receipt(Accepted message, String status) {
        String record = message.attributes().get("smsRecordId");
        return json.createObjectNode()
                .put("smsRecordId", record)
                .put("providerMessageId", "demo-" + record.substring(0, 8))
                .put("status", status)
                .put(
                        "timestamp",
                        message.receivedAt().plusMillis(random.nextInt(2_000)).toString());
    }

    private String text(Accepted message) {
        try {
            return json.readTree(message.message()).path("message").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
