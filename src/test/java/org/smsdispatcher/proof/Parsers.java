package org.smsdispatcher.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.smsdispatcher.tracking.Callbacks.BASE_URL;
import static org.smsdispatcher.tracking.Callbacks.NOW;
import static org.smsdispatcher.tracking.Callbacks.TWILIO_TOKEN;
import static org.smsdispatcher.tracking.Callbacks.VONAGE_SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.smsdispatcher.BadConfigurationException;
import org.smsdispatcher.BadEventException;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.EventReader;
import org.smsdispatcher.Platform;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.ConfigReader;
import org.smsdispatcher.campaign.SendMargin;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.MessageTemplate;
import org.smsdispatcher.contact.MessageTemplate.Rendering;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;
import org.smsdispatcher.contact.Screen;
import org.smsdispatcher.contact.ShortLinks;
import org.smsdispatcher.tracking.Callbacks;
import org.smsdispatcher.tracking.Clicks;
import org.smsdispatcher.tracking.EndUserMessagingReceipts;
import org.smsdispatcher.tracking.GatewayReceipts;
import org.smsdispatcher.tracking.Notices;
import org.smsdispatcher.tracking.Receipt;
import org.smsdispatcher.tracking.ReceiptRow;
import org.smsdispatcher.tracking.Receipts;
import org.smsdispatcher.tracking.SnsSigner;
import org.smsdispatcher.tracking.SnsWebhook;
import org.smsdispatcher.tracking.TrackingEvent;
import org.smsdispatcher.tracking.TrackingEvents;
import org.smsdispatcher.tracking.TrackingMessage;
import org.smsdispatcher.tracking.TwilioReceipts;
import org.smsdispatcher.tracking.TwilioWebhook;
import org.smsdispatcher.tracking.VonageReceipts;
import org.smsdispatcher.tracking.VonageWebhook;
import org.smsdispatcher.tracking.WebhookRefusedException;
import org.smsdispatcher.tracking.WebhookRequest;

/**
 * Everything that reads what comes from outside, asked with any bytes. Each question ends in a value that keeps its promises (true)
 * or in the documented refusal, whose text holds nothing that may be a phone number (false); anything else is thrown. None of them
 * holds a client, so none can send.
 */
final class Parsers {

    private static final UUID ID = new UUID(0x123456789abcL, 0x8000_0000_0000_0001L);
    private static final Pattern E164 = Pattern.compile("\\+[1-9][0-9]{1,14}");
    private static final Pattern PHONE_NUMBER = Pattern.compile("\\p{Nd}{7,}");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{.*}}", Pattern.DOTALL);
    private static final int LONGEST_ERROR = 400;

    private final InstantSource clock = InstantSource.fixed(NOW);
    private final TimeZones zones = new TimeZones();
    private final PhoneNumbers numbers = new PhoneNumbers("GB");
    private final EventReader events = new EventReader(100);
    private final ConfigReader configs = new ConfigReader(zones);
    private final CampaignConfig anyHour = configs.read(campaign(
            "UTC",
            "{\"smsTemplate\":\"Hi {{name|you}}, {{code}} https://example.com/{{code}}\",\"callingWindows\":"
                    + Platform.ALWAYS + "}"));
    private final Screen screen = new Screen(
            clock,
            SendMargin.ofSeconds(60),
            10,
            ShortLinks.of(Callbacks.settings(Map.of("link.base.url", "https://s.example.com"))));
    private final SnsSigner signer = SnsSigner.make("RSA", 2048, "2026/01/01 00:00:00", 3650);
    private final VonageWebhook vonage =
            new VonageWebhook(Callbacks.settings(Map.of("vonage.signature.secret", VONAGE_SECRET)));
    private final TwilioWebhook twilio = new TwilioWebhook(
            Callbacks.settings(Map.of("twilio.auth.token", TWILIO_TOKEN, "webhook.base.url", BASE_URL)));
    private final SnsWebhook sns = signer.webhook();
    private final TrackingEvents trackingEvents = new TrackingEvents(clock);
    private final Notices notices = new Notices(Callbacks.settings(Map.of()));
    private final Receipts receipts = new Receipts(clock, numbers);
    private final Clicks clicks = new Clicks();

    boolean event(byte[] input) {
        return orRefused(BadEventException.class, () -> {
            DispatchRequest request = events.read(input);
            check(request.batchSize() >= 1 && request.batchSize() <= 10_000, "a batch of " + request.batchSize());
            check(isMeant(request, new String(input, UTF_8)), "dispatches what the event does not name");
        });
    }

    /** Where nothing is escaped, what is dispatched stands in the event. */
    private static boolean isMeant(DispatchRequest request, String event) {
        return event.contains("\\")
                || event.indexOf('\0') >= 0 // UTF-16, UTF-32
                || (request.isSweep()
                        ? event.contains("\"sweep\"") || event.contains("\"Scheduled Event\"")
                        : event.toLowerCase(Locale.ROOT)
                                .contains(request.campaignId().toString()));
    }

    private static Campaign campaign(String timezone, String config) {
        return new Campaign(ID, "active", true, false, null, null, timezone, config);
    }

    boolean config(byte[] input) {
        Campaign campaign = campaign("Europe/Rome", new String(input, UTF_8));
        Optional<CampaignConfig> read;
        try {
            read = Optional.of(configs.read(campaign));
        } catch (BadConfigurationException e) {
            // the campaign's own text may be quoted, and is at most a template long
            check(e.getMessage().length() < 10_000, "a long error");
            read = Optional.empty();
        }
        check(configs.problems(campaign).isEmpty() == read.isPresent(), "read() and problems() differ");
        read.ifPresent(config -> {
            ZoneId zone = ZoneId.of("America/New_York");
            config.windows().mayPublish(zone, NOW, Duration.ofMinutes(1));
            check(!config.sendBefore(zone, NOW).isBefore(NOW), "sendBefore has passed");
            checkRendering(config.template().render(Map.of()));
        });
        return read.isPresent();
    }

    /** The template, and after a line feed every placeholder's value. */
    boolean template(byte[] input) {
        String[] texts = split(input, 2);
        MessageTemplate template;
        try {
            template = MessageTemplate.parse(texts[0]);
        } catch (IllegalArgumentException e) {
            check(e.getMessage().length() < 5_000, "a long error");
            return false;
        }
        Map<String, Object> values =
                template.names().stream().collect(Collectors.toMap(Function.identity(), name -> texts[1]));
        checkRendering(template.render(values));
        return true;
    }

    private static void checkRendering(Rendering rendering) {
        String message = rendering.message();
        check(!PLACEHOLDER.matcher(message).find(), "a placeholder is left for the gateway to fill");
        check(rendering.problem().isPresent() == message.isEmpty(), "a message with a problem, or neither");
        rendering
                .addresses()
                .forEach(span ->
                        check(message.regionMatches(true, span.start(), "http", 0, 4), "an address that is none"));
    }

    boolean number(byte[] input) {
        String raw = new String(input, UTF_8);
        check(!PHONE_NUMBER.matcher(PhoneNumbers.mask(raw)).find(), "a mask that shows a number");
        Optional<PhoneNumber> read = numbers.parse(raw);
        read.ifPresent(number -> {
            check(E164.matcher(number.e164()).matches(), "not E.164");
            check(number.spellings().get(0).equals(number.e164()), "E.164 does not come first");
            check(number.spellings().contains(PhoneNumbers.normalise(raw)), "not blocked as it is written");
            check(
                    numbers.parse(number.e164()).map(PhoneNumber::e164).equals(Optional.of(number.e164())),
                    "another number when it is read again");
        });
        return read.isPresent();
    }

    /** A contact's columns, in lines: number, time zone, and the rest is metadata. */
    boolean contact(byte[] input) {
        String[] columns = split(input, 3);
        Contact contact = new Contact(
                ID,
                columns[0],
                numbers.parse(columns[0]),
                zones.ofContact(columns[1], anyHour.zone()),
                columns[2],
                Optional.empty(),
                false,
                anyHour);
        screen.isInsideWindow(contact);
        Draft draft = screen.draft(contact);
        draft.problem().ifPresent(Parsers::checkError);
        check(draft.isComplete() == !draft.message().isEmpty(), "a message with a problem, or neither");
        check(!PLACEHOLDER.matcher(draft.message()).find(), "a placeholder is left for the gateway to fill");
        check(draft.message().codePoints().noneMatch(Character::isISOControl), "a control character is sent");
        check(draft.segments().parts() <= 10, "too long");
        return draft.isComplete();
    }

    boolean trackingEvent(byte[] input) {
        return orRefused(BadEventException.class, () -> {
            TrackingEvent event = trackingEvents.read(input);
            event.request().ifPresent(request -> {
                if (clicks.isLink(request)) {
                    clicks.read(request);
                }
                unsigned(request);
            });
            event.messages()
                    .forEach(message -> orRefused(BadEventException.class, () -> record(notices.open(message))));
        });
    }

    /** A message of a topic or queue, or the gateway's own receipt. */
    boolean notice(byte[] input) {
        TrackingMessage message = new TrackingMessage("1", "", new String(input, UTF_8));
        return orRefused(BadEventException.class, () -> record(notices.open(message)));
    }

    private void record(JsonNode notice) {
        if (notices.isOwn(notice)) {
            checkRows(new GatewayReceipts().read(notice));
        } else {
            orRefused(WebhookRefusedException.class, () -> checkRows(new EndUserMessagingReceipts().read(notice)));
        }
    }

    /** The body of a callback, JSON or a form: unsigned, then with Vonage's signature. */
    boolean vonage(byte[] input) {
        String body = new String(input, UTF_8);
        String json = "application/json";
        String form = "application/x-www-form-urlencoded";
        unsigned(request(input, Map.of("content-type", json)));
        unsigned(request(input, Map.of("content-type", form)));
        boolean message = accepts(
                () -> vonage.verify(Callbacks.vonageMessages(
                        Callbacks.jwt(VONAGE_SECRET, "{\"alg\":\"HS256\"}", NOW, body), body, NOW)),
                new VonageReceipts()::read);
        boolean parameters = accepts(
                () -> vonage.verify(request(
                        encoded(Callbacks.signedByVonage(parameters(body), "HmacSHA256", NOW))
                                .getBytes(UTF_8),
                        Map.of("content-type", form))),
                new VonageReceipts()::read);
        return message || parameters;
    }

    /** The form of a callback: unsigned, then with Twilio's signature. */
    boolean twilio(byte[] input) {
        String form = new String(input, UTF_8);
        unsigned(request(input, Map.of("content-type", "application/x-www-form-urlencoded")));
        return accepts(() -> twilio.verify(Callbacks.twilio("smsRecordId=" + ID, form)), new TwilioReceipts()::read);
    }

    /** An envelope of SNS without SNS's signature, and a message in an envelope with it. */
    boolean sns(byte[] input) {
        unsigned(request(input, Map.of("content-type", "text/plain")));
        return accepts(
                () -> sns.message(
                        sns.verify(SnsSigner.request(signer.notification(new String(input, UTF_8), NOW, "2"), NOW))),
                new EndUserMessagingReceipts()::read);
    }

    /** Refused by every provider's check. */
    private void unsigned(WebhookRequest request) {
        for (Function<WebhookRequest, JsonNode> webhook :
                List.<Function<WebhookRequest, JsonNode>>of(vonage::verify, twilio::verify, sns::verify)) {
            check(
                    !orRefused(
                            WebhookRefusedException.class,
                            () -> check(webhook.apply(request) != null, "nothing was read")),
                    "taken without a signature");
        }
    }

    private boolean accepts(Supplier<JsonNode> verified, Function<JsonNode, List<Receipt>> reader) {
        return orRefused(WebhookRefusedException.class, () -> checkRows(reader.apply(verified.get())));
    }

    private void checkRows(List<Receipt> read) {
        for (Receipt receipt : read) {
            ReceiptRow row = receipts.row(receipt);
            checkError(row.word());
            checkError(row.reason());
            check(row.word().length() <= 128 && row.providerMessageId().length() <= 510, "too long for its column");
            check(row.equals(receipts.row(receipt)), "two rows of one receipt");
        }
    }

    private static WebhookRequest request(byte[] body, Map<String, String> headers) {
        return new WebhookRequest("POST", "/webhooks/x", "", headers, body, "example.com", NOW);
    }

    private static Map<String, String> parameters(String body) {
        Map<String, String> parameters = new HashMap<>();
        Callbacks.parameters(body)
                .properties()
                .forEach(each -> parameters.put(each.getKey(), each.getValue().asText()));
        return parameters;
    }

    private static String encoded(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> URLEncoder.encode(each.getKey(), UTF_8) + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** Whether the question was answered; false for the documented refusal. */
    static boolean orRefused(Class<? extends RuntimeException> refusal, Runnable question) {
        try {
            question.run();
            return true;
        } catch (RuntimeException e) {
            if (!refusal.isInstance(e)) {
                throw e;
            }
            checkError(e.getMessage());
            return false;
        }
    }

    private static void checkError(String text) {
        check(text.length() <= LONGEST_ERROR, "an error of " + text.length() + " characters");
        // a million is the most that a figure of an event may be, and says so
        check(!PHONE_NUMBER.matcher(text.replace("1000000", "")).find(), "what may be a phone number is told: " + text);
        check(text.codePoints().noneMatch(Character::isISOControl), "a line of the log could be forged");
    }

    private static String[] split(byte[] input, int most) {
        String[] parts = new String(input, UTF_8).split("\n", most);
        String[] all = new String[most];
        for (int i = 0; i < most; i++) {
            all[i] = i < parts.length ? parts[i] : "";
        }
        return all;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
