package org.smsdispatcher.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.local.SnsEndpoint.Accepted;
import org.smsdispatcher.tracking.Callbacks;

/**
 * Plays the gateway, its providers and the recipients: takes the messages from the topic, and the tracking function is told what became
 * of them, late, out of order and some of it twice: by signed webhooks of Vonage and Twilio, and by the gateway's own receipts and
 * End User Messaging's events, one half through SNS and one through SQS. Some recipients follow their links, a messenger draws
 * previews, a scanner rushes in. It remembers what it did. The same at each run for the same messages.
 */
final class DemoGateway {

    private static final Pattern LINK =
            Pattern.compile("https?://[^\\s/]+(?:/[^\\s/]+)*(/[0-9A-Za-z]{11})(?![0-9A-Za-z])");

    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
    private static final String MESSENGER = "WhatsApp/2.23.20.0";
    private static final int BURST = 5;
    private static final int QUEUE_BATCH = 10;
    private static final DateTimeFormatter VONAGE_TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final BigDecimal PART_PRICE = new BigDecimal("0.0075");

    /** Clicks within a second of acceptance are taken for a program's. */
    private static final Duration NOBODY_IS_FASTER = Duration.ofMillis(1_200);

    private final JsonMapper json = new JsonMapper();
    private final Random random = new Random(20_261_125);
    private int carried;
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
        int webhooks;

        int accepted() {
            return onItsWay + delivered + undelivered + failed;
        }
    }

    /** Who carries a message, and so tells of it. */
    private enum Carrier {
        GATEWAY,
        VONAGE,
        TWILIO,
        AWS
    }

    /** What is told of a message. */
    private enum Fate {
        ACCEPTED,
        SENT,
        DELIVERED,
        UNDELIVERED,
        FAILED
    }

    /**
     * A receipt as it is told.
     *
     * @param path of the webhook; null where it goes through SNS or SQS
     * @param text JSON, or the form's parameters
     */
    private record Told(String path, String text) {}

    /** Carries the messages, to the last receipt and click. */
    Did carry(List<Accepted> messages) {
        List<Told> receipts = new ArrayList<>();
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

    private void carry(Accepted message, List<Told> receipts, List<String> clicks) {
        String text = text(message);
        int parts = Segments.of(text).parts();
        Carrier carrier = Carrier.values()[random.nextInt(Carrier.values().length)];
        did.parts += parts;
        if (carrier != Carrier.TWILIO) {
            // whose callbacks tell no price
            did.cost = did.cost.add(price(parts));
        }
        receipts.addAll(told(carrier, message, parts, Fate.ACCEPTED));
        // every fate once in a hundred messages, in an order that looks like none: no demo is without an opt-out
        int fate = (37 * carried++ + 11) % 100;
        if (fate < 4) {
            did.onItsWay++;
        } else if (fate < 10) {
            did.undelivered++;
            receipts.addAll(told(carrier, message, parts, Fate.UNDELIVERED));
        } else if (fate < 13) {
            did.failed++;
            receipts.addAll(told(carrier, message, parts, Fate.FAILED));
        } else {
            did.delivered++;
            receipts.addAll(told(carrier, message, parts, Fate.SENT));
            receipts.addAll(told(carrier, message, parts, Fate.DELIVERED));
            if (fate == 99) {
                // an answer of the recipient's, which the gateway has read
                did.optOuts++;
                receipts.add(new Told(
                        null,
                        json.createObjectNode()
                                .put("smsRecordId", record(message))
                                .put("status", "opted_out")
                                .put("reason", "STOP")
                                .toString()));
            }
            follow(text, fate, clicks);
        }
    }

    private static BigDecimal price(int parts) {
        return PART_PRICE.multiply(BigDecimal.valueOf(parts));
    }

    private List<Told> told(Carrier carrier, Accepted message, int parts, Fate fate) {
        return switch (carrier) {
            case GATEWAY -> List.of(new Told(null, gateway(message, parts, fate)));
            case AWS -> List.of(new Told(null, endUserMessaging(message, parts, fate)));
            case TWILIO -> List.of(new Told("/webhooks/twilio", twilio(message, fate)));
            case VONAGE ->
                // a receipt a part, each under an id of its own
                IntStream.range(0, parts)
                        .mapToObj(part -> new Told("/webhooks/vonage", vonage(message, part, fate)))
                        .toList();
        };
    }

    private String gateway(Accepted message, int parts, Fate fate) {
        ObjectNode receipt = json.createObjectNode()
                .put("smsRecordId", record(message))
                .put("providerMessageId", "demo-" + record(message).substring(0, 8))
                .put("status", fate.name().toLowerCase(Locale.ROOT))
                .put("timestamp", when(message).toString());
        switch (fate) {
            case ACCEPTED -> receipt.put("parts", parts).put("cost", price(parts));
            case UNDELIVERED -> receipt.put("reason", "the phone is off");
            case FAILED -> receipt.put("reason", "no such subscriber");
            case SENT, DELIVERED -> {}
        }
        return receipt.toString();
    }

    private String endUserMessaging(Accepted message, int parts, Fate fate) {
        String type = switch (fate) {
            case ACCEPTED -> "TEXT_QUEUED";
            case SENT -> "TEXT_SENT";
            case DELIVERED -> "TEXT_DELIVERED";
            case UNDELIVERED -> "TEXT_UNREACHABLE";
            case FAILED -> "TEXT_INVALID";
        };
        ObjectNode event = json.createObjectNode()
                .put("eventType", type)
                .put("eventVersion", "1.0")
                .put("eventTimestamp", when(message).toEpochMilli())
                .put("isFinal", fate != Fate.ACCEPTED && fate != Fate.SENT)
                .put("messageId", "aws-" + record(message))
                .put("totalMessageParts", parts)
                .put("totalMessagePrice", price(parts));
        event.putObject("context").put("smsRecordId", record(message));
        return event.toString();
    }

    private String twilio(Accepted message, Fate fate) {
        ObjectNode form = json.createObjectNode()
                .put("smsRecordId", record(message))
                .put("MessageSid", "SM" + record(message).replace("-", ""))
                .put("MessageStatus", fate.name().toLowerCase(Locale.ROOT));
        if (fate == Fate.UNDELIVERED || fate == Fate.FAILED) {
            form.put("ErrorCode", fate == Fate.UNDELIVERED ? "30003" : "21614");
        }
        return form.toString();
    }

    private String vonage(Accepted message, int part, Fate fate) {
        String status = switch (fate) {
            case ACCEPTED -> "accepted";
            case SENT -> "buffered";
            case DELIVERED -> "delivered";
            case UNDELIVERED -> "failed";
            case FAILED -> "rejected";
        };
        String code = switch (fate) {
            case UNDELIVERED -> "7";
            case FAILED -> "10";
            case ACCEPTED, SENT, DELIVERED -> "0";
        };
        return json.createObjectNode()
                .put("messageId", "0A" + record(message).substring(0, 8) + part)
                .put("client-ref", record(message))
                .put("status", status)
                .put("err-code", code)
                .put("price", PART_PRICE.toPlainString())
                .put("message-timestamp", VONAGE_TIME.format(when(message)))
                .toString();
    }

    private void repeatSome(List<Told> receipts) {
        for (int i = 0; i < did.receipts; i += 7) {
            receipts.add(receipts.get(i));
            did.repeated++;
        }
    }

    private void tell(List<Told> receipts) {
        List<String> messages = new ArrayList<>();
        for (Told receipt : receipts) {
            if (receipt.path() == null) {
                messages.add(receipt.text());
            } else {
                call(receipt);
            }
        }
        int half = messages.size() / 2;
        messages.subList(0, half).forEach(tracker::notify);
        for (int from = half; from < messages.size(); from += QUEUE_BATCH) {
            int refused = tracker.batch(messages.subList(from, Math.min(from + QUEUE_BATCH, messages.size())));
            if (refused > 0) {
                throw new IllegalStateException(
                        "The tracking function gave " + refused + " receipts back to the queue");
            }
        }
    }

    /** Signs a callback as its provider does. */
    private void call(Told receipt) {
        did.webhooks++;
        Map<String, String> parameters = new TreeMap<>();
        Callbacks.json(receipt.text())
                .properties()
                .forEach(each -> parameters.put(each.getKey(), each.getValue().asText()));
        int status;
        if (receipt.path().equals("/webhooks/vonage")) {
            Map<String, String> signed = Callbacks.signedByVonage(parameters, "HmacSHA256", Instant.now());
            status = tracker.request("GET", receipt.path(), encoded(signed), Map.of(), "");
        } else {
            String query = "smsRecordId=" + parameters.remove("smsRecordId");
            String signature = Callbacks.signedByTwilio(Callbacks.BASE_URL + receipt.path() + "?" + query, parameters);
            status = tracker.request(
                    "POST",
                    receipt.path(),
                    query,
                    Map.of("content-type", "application/x-www-form-urlencoded", "x-twilio-signature", signature),
                    encoded(parameters));
        }
        if (status != 200) {
            throw new IllegalStateException("The webhook " + receipt.path() + " was answered with " + status);
        }
    }

    private static String encoded(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> URLEncoder.encode(each.getKey(), StandardCharsets.UTF_8) + "="
                        + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
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

    private static String record(Accepted message) {
        return message.attributes().get("smsRecordId");
    }

    private Instant when(Accepted message) {
        return message.receivedAt().plusMillis(random.nextInt(2_000));
    }

    private String text(Accepted message) {
        try {
            return json.readTree(message.message()).path("message").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
