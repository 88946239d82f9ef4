package org.smsdispatcher.why;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.DispatchRequest;
import org.smsdispatcher.campaign.Campaign;
import org.smsdispatcher.campaign.CampaignConfig;
import org.smsdispatcher.campaign.Campaigns;
import org.smsdispatcher.campaign.ConfigReader;
import org.smsdispatcher.campaign.TimeZones;
import org.smsdispatcher.contact.PhoneNumbers;
import org.smsdispatcher.why.Audited.Message;

/**
 * Checks the invariants contact by contact. Instants are the database's, and are compared with some slack, so that what happened side by
 * side is nobody's fault: a publish is written down up to {@link #PUBLISH_TAKES} after it happened, and an opt-out carries the beginning
 * of its transaction, which may have been committed after the message was armed.
 */
public final class Auditor {

    /** From arming to writing SNS's answer down, at the longest: one publish with its time-out, and a settling tried three times. */
    private static final Duration PUBLISH_TAKES = Duration.ofSeconds(60);

    /** An opt-out is one small transaction. */
    private static final Duration OPT_OUT_TAKES = Duration.ofSeconds(1);

    private final InstantSource clock;
    private final ConfigReader configs;
    private final TimeZones zones;
    private final PhoneNumbers numbers;

    public Auditor(InstantSource clock, ConfigReader configs, TimeZones zones, PhoneNumbers numbers) {
        this.clock = clock;
        this.configs = configs;
        this.zones = zones;
        this.numbers = numbers;
    }

    /** Messages that may have been published, as SQL arrays. */
    public record Published(List<String> recordIds, List<String> spelt) {

        public String[] ids() {
            return recordIds.toArray(String[]::new);
        }

        /** Per message its number's spellings, joined by commas. */
        public String[] spellings() {
            return spelt.toArray(String[]::new);
        }
    }

    /** An audit that has not looked at anybody. */
    public Audit begin(DispatchRequest request, Campaign campaign) {
        Optional<CampaignConfig> config =
                configs.problems(campaign).isEmpty() ? Optional.of(configs.read(campaign)) : Optional.empty();
        return new Audit(config, request.question().after());
    }

    /** The messages of a page whose numbers the blacklist is asked about. */
    public Published published(List<Map<String, Object>> page) {
        List<String> ids = new ArrayList<>();
        List<String> spellings = new ArrayList<>();
        for (Map<String, Object> row : page) {
            if (row.get("record_id") != null) {
                String number = (String) row.get("record_number");
                ids.add(row.get("record_id").toString());
                spellings.add(numbers.parse(number)
                        .map(parsed -> String.join(",", parsed.spellings()))
                        .orElse(PhoneNumbers.normalise(number)));
            }
        }
        return new Published(ids, spellings);
    }

    /**
     * Checks a page.
     *
     * @param page the rows of {@code verify-page.sql}
     * @param listed the rows of {@code verify-blacklist.sql}
     * @param deadline when it is near, this page is the last
     */
    public void check(
            Audit audit,
            Campaign campaign,
            List<Map<String, Object>> page,
            List<Map<String, Object>> listed,
            Deadline deadline) {
        Map<UUID, Instant> listedSince = listed.stream()
                .collect(Collectors.toMap(
                        row -> (UUID) row.get("id"), row -> Campaigns.instant(row.get("added_at")), (a, b) -> a));
        List<Audited> contacts = Audited.of(page);
        for (Audited contact : contacts) {
            checkContact(audit, campaign, contact);
            checkLease(audit, contact);
            for (Message message : contact.messages()) {
                checkMessage(audit, contact, message);
                checkTimes(audit, campaign, contact, message);
                checkBlacklist(audit, contact, message, listedSince.get(message.id()));
            }
        }
        audit.looked(contacts, deadline.allowsPublishing());
    }

    private static void checkContact(Audit audit, Campaign campaign, Audited contact) {
        int records = contact.messages().size();
        breaks(
                audit,
                contact.attempts() != records,
                Invariant.ATTEMPTS_EQUAL_RECORDS,
                contact,
                contact.attempts() + " attempts, " + records + " messages");
        audit.config()
                .map(CampaignConfig::maxAttempts)
                .ifPresent(most -> breaks(
                        audit,
                        contact.attempts() > most,
                        Invariant.ATTEMPTS_WITHIN_MAXIMUM,
                        contact,
                        contact.attempts() + " attempts, " + most + " are allowed"));
        checkAcceptance(audit, contact);
        String outcome = contact.outcome();
        boolean contradicts = switch (contact.status()) {
            case "completed" -> outcome != null && !outcome.equals("sent");
            case "blacklisted" -> outcome != null && !outcome.equals("blacklisted");
            default -> false;
        };
        breaks(
                audit,
                contradicts,
                Invariant.OUTCOME_FITS_STATUS,
                contact,
                "status " + contact.status() + ", outcome " + outcome);
        boolean waits = contact.isInProgress()
                || (contact.status().equals("pending") && contact.capable() && !campaign.ended());
        breaks(
                audit,
                campaign.status().equals("completed") && waits,
                Invariant.COMPLETED_LEAVES_NOBODY,
                contact,
                "status " + contact.status());
    }

    private static void checkAcceptance(Audit audit, Audited contact) {
        List<Message> messages = contact.messages();
        Set<Integer> attempts = new HashSet<>();
        boolean repeated =
                messages.stream().map(Message::attempt).anyMatch(attempt -> attempt != null && !attempts.add(attempt));
        breaks(
                audit,
                repeated,
                Invariant.ONE_RECORD_AN_ATTEMPT,
                contact,
                "two messages of one attempt, "
                        + messages.stream().filter(Message::isAccepted).count() + " accepted in all");
        List<Message> standing = messages.stream()
                .filter(Message::isAccepted)
                .filter(message ->
                        !message.status().equals("failed") && !message.status().equals("undelivered"))
                .toList();
        // a message that was told lost may arrive after all, when the next attempt is on its way
        boolean excused =
                standing.stream().limit(Math.max(0, standing.size() - 1)).allMatch(Message::toldLost);
        breaks(audit, !excused, Invariant.ONE_ACCEPTANCE_A_CONTACT, contact, standing.size() + " accepted messages");
        breaks(
                audit,
                contact.status().equals("completed") && messages.stream().noneMatch(Message::isAccepted),
                Invariant.COMPLETED_WAS_ACCEPTED,
                contact,
                "no accepted message");
        boolean lastStands = !messages.isEmpty() && standing.contains(messages.get(messages.size() - 1));
        breaks(
                audit,
                lastStands && !contact.status().equals("completed") && !contact.isInProgress(),
                Invariant.ACCEPTED_IS_COMPLETED,
                contact,
                "status " + contact.status());
    }

    private static void checkLease(Audit audit, Audited contact) {
        boolean traces = contact.leased() || contact.leaseUntil() != null || contact.armedAttempt() != null;
        breaks(
                audit,
                traces && !contact.isInProgress(),
                Invariant.LEASE_ONLY_IN_PROGRESS,
                contact,
                "status " + contact.status() + (contact.armedAttempt() == null ? ", leased" : ", armed"));
        String lease = contact.leased() ? "the lease ended at " + contact.leaseUntil() : "no lease";
        breaks(
                audit,
                contact.isInProgress() && (!contact.leased() || contact.leaseOver()),
                Invariant.LEASES_ALIVE,
                contact,
                lease);
        if (contact.armedAttempt() != null) {
            boolean recorded = contact.messages().stream()
                    .anyMatch(message -> contact.armedAttempt().equals(message.attempt()));
            String armed = "attempt " + contact.armedAttempt() + " is armed";
            breaks(audit, !recorded, Invariant.ARMED_HAS_RECORD, contact, armed);
            breaks(
                    audit,
                    contact.armedAttempt() != contact.attempts(),
                    Invariant.ARMED_IS_LAST_ATTEMPT,
                    contact,
                    armed + ", " + contact.attempts() + " used");
        }
    }

    private static void checkMessage(Audit audit, Audited contact, Message message) {
        Integer attempt = message.attempt();
        boolean hasAttempt = attempt != null && attempt >= 1 && attempt <= contact.attempts();
        breaks(
                audit,
                !hasAttempt,
                Invariant.RECORD_HAS_ATTEMPT,
                contact,
                message,
                "attempt " + attempt + " of " + contact.attempts());
        breaks(
                audit,
                attempt != null && !message.id().equals(recordId(contact.id(), attempt)),
                Invariant.RECORD_ID_FOLLOWS,
                contact,
                message,
                "attempt " + attempt);
        breaks(
                audit,
                !message.campaignId().equals(contact.campaignId()),
                Invariant.RECORD_OF_THIS_CAMPAIGN,
                contact,
                message,
                "campaign " + message.campaignId());
        boolean armed = contact.isInProgress()
                && contact.armedAttempt() != null
                && contact.armedAttempt().equals(attempt);
        breaks(
                audit,
                message.status().equals("queued") && !armed,
                Invariant.QUEUED_IS_ARMED,
                contact,
                message,
                "the contact is " + contact.status());
        breaks(
                audit,
                message.isAccepted() && message.otherContact() != null,
                Invariant.ONE_CONTACT_A_NUMBER,
                contact,
                message,
                "also texted as contact " + message.otherContact());
    }

    private void checkTimes(Audit audit, Campaign campaign, Audited contact, Message message) {
        if (!message.mayHaveBeenPublished()) {
            return;
        }
        boolean early = campaign.startTime() != null && message.armedAt().isBefore(campaign.startTime());
        boolean late = campaign.endTime() != null && !message.armedAt().isBefore(campaign.endTime());
        breaks(
                audit,
                early || late,
                Invariant.INSIDE_CAMPAIGN,
                contact,
                message,
                "armed at " + message.armedAt() + (early ? ", before the start" : ", after the end"));
        audit.config().ifPresent(config -> {
            Optional<ZoneId> zone = zones.ofContact(contact.timezone(), config.zone());
            boolean inside =
                    zone.filter(known -> wasOpen(config, known, message)).isPresent();
            breaks(
                    audit,
                    !inside,
                    Invariant.INSIDE_WINDOW,
                    contact,
                    message,
                    zone.isEmpty()
                            ? "the contact's time zone is none"
                            : "published at about " + latest(message) + ", "
                                    + latest(message).atZone(zone.get()).toLocalDateTime() + " in " + zone.get());
        });
    }

    /** Published some time between arming and the answer: whoever finds it open at neither end was texted at the wrong hour. */
    private static boolean wasOpen(CampaignConfig config, ZoneId zone, Message message) {
        Instant latest = latest(message);
        Instant earliest = latest.minus(PUBLISH_TAKES);
        Instant first = message.armedAt().isAfter(earliest) ? message.armedAt() : earliest;
        return config.windows().isOpen(zone, first) || config.windows().isOpen(zone, latest);
    }

    private static Instant latest(Message message) {
        return message.acceptedAt() == null ? message.armedAt() : message.acceptedAt();
    }

    private static void checkBlacklist(Audit audit, Audited contact, Message message, Instant listedSince) {
        if (listedSince == null || !message.mayHaveBeenPublished()) {
            return;
        }
        boolean armedAfter = listedSince.plus(OPT_OUT_TAKES).isBefore(message.armedAt());
        boolean publishedAgainAfter =
                message.acceptedAt() != null && listedSince.plus(PUBLISH_TAKES).isBefore(message.acceptedAt());
        breaks(
                audit,
                armedAfter || publishedAgainAfter,
                Invariant.NOT_AFTER_BLACKLISTING,
                contact,
                message,
                "blacklisted at " + listedSince + ", armed at " + message.armedAt());
    }

    private static void breaks(Audit audit, boolean broken, Invariant invariant, Audited contact, String detail) {
        if (broken) {
            audit.breaks(invariant, contact.id().toString(), null, detail);
        }
    }

    private static void breaks(
            Audit audit, boolean broken, Invariant invariant, Audited contact, Message message, String detail) {
        if (broken) {
            audit.breaks(invariant, contact.id().toString(), message.id().toString(), detail);
        }
    }

    /** The id that {@code arm.sql} gives to the message of that attempt. */
    static UUID recordId(UUID contact, int attempt) {
        StringBuilder hex = new StringBuilder(md5("sms:" + contact + ":" + attempt));
        hex.setCharAt(12, '8');
        hex.setCharAt(16, '8');
        return UUID.fromString(hex.insert(20, "-")
                .insert(16, "-")
                .insert(12, "-")
                .insert(8, "-")
                .toString());
    }

    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /**
     * The answer, once the pages are through.
     *
     * @param contactsBefore the campaign's contacts by status before the first page, and after the last one
     * @param recordsBefore its messages by status, likewise
     */
    public Verification answer(
            Audit audit,
            Campaign campaign,
            List<Map<String, Object>> contactsBefore,
            List<Map<String, Object>> recordsBefore,
            List<Map<String, Object>> contactsAfter,
            List<Map<String, Object>> recordsAfter) {
        List<String> notChecked = new ArrayList<>();
        if (audit.config().isEmpty()) {
            notChecked.add(Invariant.INSIDE_WINDOW.word() + ", " + Invariant.ATTEMPTS_WITHIN_MAXIMUM.word()
                    + ": the campaign's configuration is refused");
        }
        boolean whole = audit.isComplete() && audit.beganAtTheStart();
        boolean still = contactsBefore.equals(contactsAfter) && recordsBefore.equals(recordsAfter);
        if (whole && still) {
            checkSum(audit, "contacts", counts(contactsAfter, "contacts"), audit.contacts());
            checkSum(audit, "messages", counts(recordsAfter, "records"), audit.records());
        } else {
            notChecked.add(Invariant.SUMS_RECONCILE.word() + ": "
                    + (whole ? "the campaign is being dispatched" : "not every contact was looked at"));
        }
        return new Verification(
                campaign.id().toString(),
                clock.instant().toString(),
                campaign.status(),
                audit.isHealthy(),
                audit.isComplete(),
                audit.nextAfter().map(UUID::toString).orElse(null),
                sum(audit.contacts()),
                sum(audit.records()),
                audit.contacts(),
                audit.records(),
                notChecked,
                audit.checks());
    }

    private static void checkSum(Audit audit, String what, Map<String, Long> counted, Map<String, Long> looked) {
        if (!counted.equals(looked)) {
            audit.breaks(
                    Invariant.SUMS_RECONCILE,
                    null,
                    null,
                    what + ": the table has " + counted + ", one by one there are " + looked);
        }
    }

    private static Map<String, Long> counts(List<Map<String, Object>> rows, String column) {
        return rows.stream()
                .collect(Collectors.toMap(
                        row -> (String) row.get("status"), row -> (Long) row.get(column), Long::sum, TreeMap::new));
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
