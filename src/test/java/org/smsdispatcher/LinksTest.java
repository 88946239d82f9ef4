package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.smsdispatcher.contact.Segments;
import org.smsdispatcher.local.SnsEndpoint.EntryError;
import org.smsdispatcher.local.SnsEndpoint.Fault;

/** Short links in messages that are sent, and the segments stored with them. */
class LinksTest {

    private static final Map<String, String> SHORT = Map.of("link.base.url", "https://s.example/");
    private static final String TEMPLATE =
            "Hi {{name|you}}: https://shop.example/o/{{name|x}}, https://shop.example/stop.";

    private final Platform platform = Platform.start();

    @AfterEach
    void stop() {
        platform.close();
    }

    private List<Map<String, Object>> links() {
        return platform.rows("SELECT l.token, l.position, l.target, r.message, r.contact_id FROM sms_links l"
                + " JOIN sms_records r ON r.id = l.record_id ORDER BY r.phone_number, l.position");
    }

    @Test
    void aMessageCarriesShortLinksThatAreStoredWithItsRecord() {
        try (DispatchHandler dispatcher = platform.dispatcher(SHORT)) {
            UUID campaign = platform.campaign(TEMPLATE, Platform.ALWAYS);
            platform.contact(campaign, "+12125550001", null, "{\"name\": \"Ana\"}");
            platform.contact(campaign, "+12125550002", null, "{\"name\": \"Bo Li\"}");

            assertThat(dispatch(dispatcher, campaign, 10).get("sentCount").intValue())
                    .isEqualTo(2);

            assertThat(links())
                    .extracting(link -> link.get("target"))
                    .containsExactly(
                            "https://shop.example/o/Ana",
                            "https://shop.example/stop",
                            "https://shop.example/o/Bo%20Li",
                            "https://shop.example/stop");
            assertThat(Invariants.texts(platform, campaign))
                    .extracting(text -> text.message().replaceAll("/[0-9A-Za-z]{11}", "/#"))
                    .containsExactlyInAnyOrder(
                            "Hi Ana: https://s.example/#, https://s.example/#.",
                            "Hi Bo Li: https://s.example/#, https://s.example/#.");
            Map<String, String> sent = Invariants.texts(platform, campaign).stream()
                    .collect(Collectors.toMap(Invariants.Text::contactId, Invariants.Text::message));
            for (Map<String, Object> link : links()) {
                assertThat(sent.get(link.get("contact_id").toString()))
                        .isEqualTo(link.get("message"))
                        .contains("https://s.example/" + link.get("token"));
            }
            assertThat(platform.sns().accepted())
                    .allMatch(message -> message.message().contains("\"templateVariables\":{\"name\":\""));
        }
    }

    @Test
    void onlyArmedMessagesHaveLinksAndThoseTakenBackLoseThem() {
        platform.sns()
                .answerWith((call, ids) -> call == 0
                        ? Fault.failEntries(Map.of(ids.get(0), new EntryError("InternalError", false)))
                        : Fault.none());
        try (DispatchHandler dispatcher = platform.dispatcher(SHORT)) {
            UUID campaign = platform.campaign("https://shop.example/{{name}}", Platform.ALWAYS);
            platform.contacts(campaign, 5);
            platform.contact(campaign, "+12125559990", null, "{}");
            platform.contact(campaign, "+12125559991", null, "{\"name\": \"Bo\"}");
            platform.execute("INSERT INTO blacklist (phone_number) VALUES ('0012125559991')");

            JsonNode reply = dispatch(dispatcher, campaign, 100);

            assertThat(reply.get("sentCount").intValue()).isEqualTo(4);
            assertThat(reply.get("failed").get("refused").intValue()).isEqualTo(1);
            assertThat(platform.count("SELECT count(*) FROM sms_links")).isEqualTo(4);
            assertThat(platform.count("SELECT count(*) FROM sms_links l JOIN sms_records r ON r.id = l.record_id"))
                    .isEqualTo(4);

            platform.execute("UPDATE contacts SET sms_not_before = 'epoch'");
            dispatch(dispatcher, campaign, 100);

            assertThat(links()).hasSize(5);
            assertThat(Invariants.texts(platform, campaign))
                    .extracting(Invariants.Text::message)
                    .containsExactlyInAnyOrderElementsOf(links().stream()
                            .map(link -> "https://s.example/" + link.get("token"))
                            .toList());
        }
    }

    @Test
    void aMessagePublishedAgainKeepsItsTextAndItsLinks() {
        Sends sends = new Sends();
        try (DispatchHandler dispatcher = platform.dispatcher(
                Map.of("link.base.url", "https://s.example", "publish.policy", "REPUBLISH"),
                InstantSource.system(),
                Map.of("sends", sends))) {
            UUID campaign = platform.campaign("https://shop.example/{{name}}", Platform.ALWAYS);
            platform.contacts(campaign, 3);
            boolean[] dead = {false};
            sends.before((id, number) -> {
                dead[0] |= id.equals("publish-batch");
                if (dead[0]) {
                    throw new IllegalStateException("The process is dead");
                }
            });
            try {
                dispatch(dispatcher, campaign, 10);
            } catch (RuntimeException gone) {
                // as intended
            }
            sends.reset();
            List<Map<String, Object>> armed = links();
            assertThat(armed).hasSize(3);
            platform.execute(
                    "UPDATE contacts SET sms_lease_until = now() - interval '1 second' WHERE sms_lease_id IS NOT NULL");

            dispatch(dispatcher, campaign, 10);

            assertThat(platform.statuses(campaign)).isEqualTo("completed=3");
            assertThat(links()).isEqualTo(armed);
            assertThat(Invariants.texts(platform, campaign))
                    .extracting(Invariants.Text::message)
                    .containsExactlyInAnyOrderElementsOf(armed.stream()
                            .map(link -> (String) link.get("message"))
                            .toList());
        }
    }

    @Test
    void anAddressThatLeadsNowhereFailsTheContactBeforeAnAttemptIsUsed() {
        try (DispatchHandler dispatcher = platform.dispatcher(SHORT)) {
            UUID campaign = platform.campaign("https://{{name}}/", Platform.ALWAYS);
            platform.contact(campaign, "+12125550001", null, "{\"name\": \"a@evil.example\"}");

            JsonNode reply = dispatch(dispatcher, campaign, 10);

            assertThat(reply.get("failed").get("templateError").intValue()).isEqualTo(1);
            assertThat(reply.get("errors").toString()).contains("link 1").doesNotContain("evil");
            assertThat(platform.count("SELECT attempts FROM contacts")).isZero();
            assertThat(links()).isEmpty();
        }
    }

    @Test
    void withoutABaseUrlAddressesStayAndNothingIsStored() {
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            UUID campaign = platform.campaign("https://shop.example/{{name}}", Platform.ALWAYS);
            platform.contacts(campaign, 1);

            dispatch(dispatcher, campaign, 10);

            assertThat(Invariants.texts(platform, campaign))
                    .extracting(Invariants.Text::message)
                    .containsExactly("https://shop.example/Bo");
            assertThat(links()).isEmpty();
        }
    }

    @Test
    void aBaseUrlThatIsNoneEndsTheStart() {
        assertThatThrownBy(() -> platform.dispatcher(Map.of("link.base.url", "http://s.example"))
                        .close())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("LINK_BASE_URL");
        assertThatThrownBy(
                        () -> platform.dispatcher(Map.of("max.segments", "256")).close())
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContaining("MAX_SEGMENTS");
    }

    @Test
    void segmentsAreStoredAsTheyWereCounted() {
        Map<String, String> counted = new LinkedHashMap<>();
        counted.put("x".repeat(160), "GSM_7 1");
        counted.put("x".repeat(161), "GSM_7 2");
        counted.put("€".repeat(80), "GSM_7 1");
        counted.put("€".repeat(81), "GSM_7 2");
        counted.put("é".repeat(459), "GSM_7 3");
        counted.put("ё".repeat(70), "UCS_2 1");
        counted.put("ё".repeat(71), "UCS_2 2");
        counted.put("\uD83D\uDE00".repeat(36), "UCS_2 2");
        try (DispatchHandler dispatcher = platform.dispatcher(SHORT)) {
            UUID campaign = platform.campaign("{{name}}", Platform.ALWAYS);
            List<String> texts = List.copyOf(counted.keySet());
            for (int i = 0; i < texts.size(); i++) {
                platform.contact(campaign, "+1212555000" + i, null, "{\"name\": \"" + texts.get(i) + "\"}");
            }

            dispatch(dispatcher, campaign, 10);

            List<Map<String, Object>> records = platform.rows("SELECT message, parts, encoding FROM sms_records");
            assertThat(records).hasSameSizeAs(texts).allSatisfy(record -> {
                String message = (String) record.get("message");
                Segments segments = Segments.of(message);
                assertThat(record.get("encoding") + " " + record.get("parts"))
                        .isEqualTo(segments.encoding() + " " + segments.parts())
                        .isEqualTo(counted.get(message));
            });
        }
    }

    @Test
    void aLinkCountsAsItIsSent() {
        try (DispatchHandler dispatcher = platform.dispatcher(SHORT)) {
            UUID campaign = platform.campaign("Hi https://shop.example/" + "x".repeat(500), Platform.ALWAYS);
            platform.contacts(campaign, 1);

            dispatch(dispatcher, campaign, 10);

            assertThat(platform.count("SELECT parts FROM sms_records")).isEqualTo(1);
        }
    }

    @Test
    void aCampaignMaySayHowManySegmentsAreTooMany() {
        try (DispatchHandler dispatcher = platform.dispatcher(Map.of("max.segments", "2"))) {
            for (String row : List.of(
                    "1, 160, sent",
                    "1, 161, templateError",
                    "3, 459, sent",
                    "3, 460, templateError",
                    "null, 306, sent",
                    "null, 307, templateError",
                    "255, 1600, sent")) {
                String[] cells = row.split(", ", -1);
                UUID campaign = platform.campaignWithConfig("{\"smsTemplate\": \""
                        + "x".repeat(Integer.parseInt(cells[1])) + "\", \"callingWindows\": " + Platform.ALWAYS
                        + ", \"maxSegments\": " + cells[0] + "}");
                platform.contacts(campaign, 1);

                dispatch(dispatcher, campaign, 10);

                assertThat(platform.text("SELECT sms_outcome FROM contacts WHERE campaign_id = ?", campaign))
                        .as(row)
                        .isEqualTo(cells[2]);
                assertThat(platform.count("SELECT attempts FROM contacts WHERE campaign_id = ?", campaign))
                        .as(row)
                        .isEqualTo(cells[2].equals("sent") ? 1 : 0);
            }
        }
    }

    @Test
    void aWrongMaxSegmentsRefusesTheCampaign() {
        try (DispatchHandler dispatcher = platform.dispatcher()) {
            for (String maxSegments : List.of("0", "256", "1.5", "\"3\"", "[]", "true")) {
                UUID campaign = platform.campaignWithConfig("{\"smsTemplate\": \"x\", \"callingWindows\": "
                        + Platform.ALWAYS + ", \"maxSegments\": " + maxSegments + "}");
                platform.contacts(campaign, 1);

                assertThatThrownBy(() -> dispatch(dispatcher, campaign, 10))
                        .as(maxSegments)
                        .isInstanceOf(BadConfigurationException.class)
                        .hasMessageContaining("maxSegments: must be a whole number from 1 to 255");
                assertThat(platform.statuses(campaign)).isEqualTo("pending=1");
            }
        }
    }
}
