package org.smsdispatcher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.log.Masking;
import org.smsdispatcher.why.Question;

/** Turns an event into a {@link DispatchRequest}, or says which field of it is wrong. */
public final class EventReader {

    /** Step Functions passes at most 256 KiB, and so does an asynchronous invoke from the schedulers. */
    static final int MAX_BYTES = 256 * 1024;

    private static final int MAX_BATCH_SIZE = 10_000;
    private static final int SHOWN = 60;
    /** EventBridge's rules with a schedule, and EventBridge Scheduler. */
    private static final Set<String> SCHEDULERS = Set.of("aws.events", "aws.scheduler");

    private static final List<String> QUESTIONS = List.of("dryRun", "explain", "verify");
    private static final int MAX_CONTACT = 64;
    private static final BigDecimal LEAST_PER_SECOND = new BigDecimal("0.001");
    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000);
    /** May be a phone number, whatever it stands in and however it is grouped: an event sent by mistake may hold anything. */
    private static final Pattern NUMBER = Pattern.compile("\\p{Nd}" + Masking.GROUPED + "\\p{Nd}");

    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");
    /** {@link UUID#fromString} also takes {@code 1-1-1-1-1}. */
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private final JsonMapper mapper = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private final int defaultBatchSize;

    /**
     * @param defaultBatchSize {@code BATCH_SIZE}, used for an event without {@code batchSize}
     * @throws BadConfigurationException when it is not 1 to 10,000
     */
    public EventReader(int defaultBatchSize) {
        if (!isBatchSize(defaultBatchSize)) {
            throw new BadConfigurationException(
                    "BATCH_SIZE must be 1 to " + MAX_BATCH_SIZE + ", it is " + defaultBatchSize);
        }
        this.defaultBatchSize = defaultBatchSize;
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(200)
                        .maxStringLength(MAX_BYTES)
                        .build());
    }

    /**
     * Reads an event: an object with {@code campaignId} and maybe {@code batchSize}, or an EventBridge envelope that has such
     * an object in {@code detail}. One of {@code dryRun}, {@code explain} and {@code verify} makes it a {@link Question}. Other keys
     * are ignored, except those that are one of these three in another spelling: ignored, they would dispatch the campaign.
     *
     * <p>{@code {"sweep": true}}, maybe with {@code batchSize} and nothing else, asks for every due campaign; so does what EventBridge
     * and its scheduler send where no input was set.
     *
     * @param event JSON in UTF-8, at most 256 KiB
     * @throws BadEventException naming what is wrong
     */
    public DispatchRequest read(byte[] event) {
        JsonNode whole = parse(event);
        if (isSweep(whole)) {
            return new DispatchRequest(null, batchSize(whole.get("batchSize")));
        }
        JsonNode request = unwrap(whole);
        return new DispatchRequest(
                campaignId(request.get("campaignId")), batchSize(request.get("batchSize")), question(request));
    }

    /**
     * The campaign that the tracking function is to report on.
     *
     * @param event as in {@link #read}, with {@code "report": true}
     * @throws BadEventException naming what is wrong
     */
    public DispatchRequest readReport(byte[] event) {
        return new DispatchRequest(campaignId(unwrap(parse(event)).get("campaignId")), defaultBatchSize);
    }

    private JsonNode parse(byte[] event) {
        if (event.length > MAX_BYTES) {
            throw new BadEventException(
                    "event: " + event.length + " bytes of JSON, at most " + MAX_BYTES + " are taken");
        }
        try {
            return mapper.readTree(event);
        } catch (JsonProcessingException e) {
            throw new BadEventException("event: not JSON: " + shown(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new BadEventException("event: not readable: " + shown(e.getMessage()));
        }
    }

    private static JsonNode unwrap(JsonNode event) {
        if (!event.isObject()) {
            throw new BadEventException("event: must be an object with campaignId, it is "
                    + (event.isMissingNode()
                            ? "empty"
                            : event.getNodeType().name().toLowerCase(Locale.ROOT)));
        }
        return !event.has("campaignId") && event.path("detail").isObject() ? event.get("detail") : event;
    }

    /** Strict, since a sweep texts every campaign there is: an event with anything more in it was meant for something else. */
    private static boolean isSweep(JsonNode event) {
        JsonNode flag = event.path("sweep");
        if (!flag.isMissingNode() && !event.has("campaignId")) {
            if (!flag.isBoolean() || !flag.booleanValue()) {
                throw new BadEventException("sweep: must be true, it is " + shown(flag.toString()));
            }
            event.fieldNames().forEachRemaining(key -> {
                if (!key.equals("sweep") && !key.equals("batchSize")) {
                    throw new BadEventException(shown(key) + ": must not stand beside sweep; nothing was dispatched");
                }
            });
            return true;
        }
        return SCHEDULERS.contains(event.path("source").asText())
                && event.path("detail-type").asText().equals("Scheduled Event")
                && !event.has("campaignId")
                && saysNothing(event.path("detail"));
    }

    /** EventBridge's rules leave the detail of their envelope empty; its scheduler writes it as a text. */
    private static boolean saysNothing(JsonNode detail) {
        return detail.isMissingNode()
                || (detail.isObject() && detail.isEmpty())
                || detail.asText().equals("{}");
    }

    private static UUID campaignId(JsonNode value) {
        if (value == null || value.isNull()) {
            throw new BadEventException("campaignId: missing");
        }
        if (!value.isTextual() || !UUID_TEXT.matcher(value.textValue()).matches()) {
            throw new BadEventException("campaignId: must be a uuid, it is " + shown(value.toString()));
        }
        return UUID.fromString(value.textValue());
    }

    private int batchSize(JsonNode value) {
        if (value == null || value.isNull()) {
            return defaultBatchSize;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || !isBatchSize(value.intValue())) {
            throw new BadEventException("batchSize: must be a whole number from 1 to " + MAX_BATCH_SIZE + ", it is "
                    + shown(value.toString()));
        }
        return value.intValue();
    }

    private static Question question(JsonNode request) {
        refuseMisspelt(request);
        if (request.path("report").isBoolean() && request.get("report").booleanValue()) {
            throw new BadEventException("report: is answered by the tracking function; nothing was dispatched");
        }
        boolean dryRun = flag(request, "dryRun");
        boolean verify = flag(request, "verify");
        JsonNode explain = request.get("explain");
        boolean isExplain = explain != null && !explain.isNull();
        if ((dryRun && verify) || (isExplain && (dryRun || verify))) {
            throw new BadEventException(
                    (dryRun ? "dryRun" : "explain") + ": dryRun, explain and verify exclude each other");
        }
        if (dryRun) {
            return Question.aboutBatch(
                    amount(request, "costPerPart", BigDecimal.ZERO),
                    amount(request, "messagesPerSecond", LEAST_PER_SECOND));
        }
        if (isExplain) {
            return Question.aboutContact(contact(explain));
        }
        return verify ? Question.aboutInvariants(after(request.get("after"))) : Question.none();
    }

    private static void refuseMisspelt(JsonNode request) {
        for (Iterator<String> names = request.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            String plain = name.replaceAll("[\\s_-]", "").toLowerCase(Locale.ROOT);
            for (String question : QUESTIONS) {
                if (plain.equals(question.toLowerCase(Locale.ROOT)) && !name.equals(question)) {
                    throw new BadEventException(
                            shown(name) + ": is spelt " + question + "; nothing was dispatched, in case it was meant");
                }
            }
        }
    }

    private static boolean flag(JsonNode request, String key) {
        JsonNode value = request.get(key);
        if (value == null || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new BadEventException(key + ": must be true or false, it is " + shown(value.toString()));
        }
        return value.booleanValue();
    }

    private static String contact(JsonNode value) {
        if (!value.isTextual()
                || value.textValue().isBlank()
                || value.textValue().length() > MAX_CONTACT) {
            // not repeated: it may be a phone number
            throw new BadEventException("explain: must be a contact's id or a phone number, as a text of at most "
                    + MAX_CONTACT + " characters");
        }
        return value.textValue();
    }

    private static Optional<BigDecimal> amount(JsonNode request, String key, BigDecimal least) {
        JsonNode value = request.get(key);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isNumber()
                || !Double.isFinite(value.doubleValue())
                || value.decimalValue().compareTo(least) < 0
                || value.decimalValue().compareTo(MOST) > 0) {
            throw new BadEventException(key + ": must be a number from " + least.toPlainString() + " to "
                    + MOST.toPlainString() + ", it is " + shown(value.toString()));
        }
        return Optional.of(value.decimalValue());
    }

    private static Optional<UUID> after(JsonNode value) {
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual() || !UUID_TEXT.matcher(value.textValue()).matches()) {
            throw new BadEventException("after: must be a contact's id, it is " + shown(value.toString()));
        }
        return Optional.of(UUID.fromString(value.textValue()));
    }

    private static boolean isBatchSize(int size) {
        return size >= 1 && size <= MAX_BATCH_SIZE;
    }

    /** What stood there instead, as it may be shown: one line, no number. */
    private static String shown(String text) {
        String masked = NUMBER.matcher(CONTROL.matcher(text).replaceAll(" "))
                .replaceAll(found -> PhoneNumbers.mask(found.group()));
        return masked.length() <= SHOWN ? masked : masked.substring(0, SHOWN) + "…";
    }
}
