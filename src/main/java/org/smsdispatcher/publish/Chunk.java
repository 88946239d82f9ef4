package org.smsdispatcher.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.smsdispatcher.Deadline;
import org.smsdispatcher.contact.Contact;
import org.smsdispatcher.contact.Draft;
import org.smsdispatcher.contact.PhoneNumbers.PhoneNumber;
import org.smsdispatcher.contact.ShortLinks.Link;
import org.smsdispatcher.metrics.Meter;
import org.smsdispatcher.reply.Outcome;
import org.smsdispatcher.reply.Result;

/**
 * At most ten messages on their way through arm, publish and settle. Worked on by one thread at a time; {@link Publisher}
 * moves its messages along, the SQL statements read the arrays.
 */
public final class Chunk {

    /** What {@code arm.sql} wants left of the lease: one publish with its time-out, and the settling. */
    private static final int LEASE_MARGIN_SECONDS = 7;

    private final UUID lease;
    private final Deadline deadline;
    private final Breaker breaker;
    private List<Draft> drafts;

    private List<Armed> armed = List.of();
    private List<Armed> unanswered = List.of();
    private final List<Accepted> accepted = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();
    private final List<Result> failed = new ArrayList<>();
    private final List<Result> results = new ArrayList<>();
    private boolean entered;
    private Boolean answeredWell;
    private int publishes;
    private long askedAt;
    private long answeredAt;

    /** SNS took it. */
    record Accepted(Armed message, String snsMessageId) {}

    /** SNS surely did not take it; {@code result} tells what that means for the contact. */
    record Refused(Result result, long delayMillis) {}

    Chunk(UUID lease, List<Draft> drafts, Deadline deadline, Breaker breaker) {
        this.lease = lease;
        this.drafts = drafts;
        this.deadline = deadline;
        this.breaker = breaker;
    }

    // What the route asks

    /** Whether there is anything to arm, or to ask about again before it is published once more. */
    public boolean hasDrafts() {
        return !drafts.isEmpty();
    }

    /** Whether the messages are armed, by an invocation that died or by this one, and are to be published once more as they are. */
    public boolean isDoubted() {
        return publishes > 0
                || drafts.stream().anyMatch(draft -> draft.contact().doubted().isPresent());
    }

    /** Whether messages are armed that SNS has not been asked about, or is to be asked about again. */
    public boolean hasToPublish() {
        return !armed.isEmpty();
    }

    public boolean hasAccepted() {
        return !accepted.isEmpty();
    }

    public boolean hasRefused() {
        return !refused.isEmpty();
    }

    public boolean hasFailed() {
        return !failed.isEmpty();
    }

    // What the statements read

    public UUID lease() {
        return lease;
    }

    public int leaseMarginSeconds() {
        return LEASE_MARGIN_SECONDS;
    }

    public String[] ids() {
        return texts(drafts, draft -> draft.contact().id().toString());
    }

    public String[] numbers() {
        return texts(drafts, draft -> number(draft.contact()).e164());
    }

    /** Per message its number's spellings, joined by commas. */
    public String[] spellings() {
        return texts(drafts, draft -> String.join(",", number(draft.contact()).spellings()));
    }

    public String[] messages() {
        return texts(drafts, Draft::message);
    }

    /** Per message how many short messages it takes. */
    public String[] parts() {
        return texts(drafts, draft -> Integer.toString(draft.segments().parts()));
    }

    /** Per message the alphabet it is sent in. */
    public String[] encodings() {
        return texts(drafts, draft -> draft.segments().encoding().name());
    }

    /** Per short link the contact whose message holds it. */
    public String[] linkIds() {
        return drafts.stream()
                .flatMap(draft ->
                        draft.links().stream().map(link -> draft.contact().id().toString()))
                .toArray(String[]::new);
    }

    public String[] linkTokens() {
        return links(Link::token);
    }

    public String[] linkPositions() {
        return links(link -> Integer.toString(link.position()));
    }

    public String[] linkTargets() {
        return links(Link::target);
    }

    private String[] links(Function<Link, String> text) {
        return drafts.stream()
                .flatMap(draft -> draft.links().stream().map(text))
                .toArray(String[]::new);
    }

    public String[] acceptedIds() {
        return texts(accepted, a -> a.message().contactId().toString());
    }

    public String[] acceptedRecords() {
        return texts(accepted, a -> a.message().recordId().toString());
    }

    public String[] acceptedMessageIds() {
        return texts(accepted, Accepted::snsMessageId);
    }

    public String[] refusedIds() {
        return texts(refused, r -> r.result().contactId().toString());
    }

    public String[] refusedDelays() {
        return texts(refused, r -> Long.toString(r.delayMillis()));
    }

    public String[] refusedReasons() {
        return texts(refused, r -> r.result().reason());
    }

    public String[] failedIds() {
        return texts(failed, f -> f.contactId().toString());
    }

    public String[] failedOutcomes() {
        return texts(failed, f -> f.outcome().word());
    }

    public String[] failedReasons() {
        return texts(failed, Result::reason);
    }

    /** What became of the messages, one result each, once the chunk is through. */
    public List<Result> results() {
        return results;
    }

    // How the publisher moves messages along

    Deadline deadline() {
        return deadline;
    }

    Breaker breaker() {
        return breaker;
    }

    Meter meter() {
        return breaker.meter();
    }

    List<Draft> drafts() {
        return drafts;
    }

    List<Armed> armed() {
        return armed;
    }

    int publishes() {
        return publishes;
    }

    boolean hasEntered() {
        return entered;
    }

    void entered() {
        entered = true;
    }

    Optional<Boolean> leave() {
        entered = false;
        if (answeredWell != null) {
            meter().settled(System.nanoTime() - answeredAt);
        }
        return Optional.ofNullable(answeredWell);
    }

    void keepDrafts(List<Draft> kept) {
        drafts = kept;
    }

    /** Its answer is missing: once PostgreSQL has said yes again, it is published again. */
    void askAgain(Draft draft) {
        List<Draft> more = new ArrayList<>(drafts);
        more.add(draft);
        drafts = List.copyOf(more);
    }

    void arm(List<Armed> messages) {
        armed = messages;
    }

    /** SNS is being asked about these; until it answers, each of them may have been accepted. */
    void publishing() {
        publishes++;
        unanswered = armed;
        armed = List.of();
        drafts = List.of();
        askedAt = System.nanoTime();
    }

    List<Armed> unanswered() {
        return unanswered;
    }

    void answered(boolean well) {
        answeredWell = well || Boolean.TRUE.equals(answeredWell);
        unanswered = List.of();
        answeredAt = System.nanoTime();
        meter().answered(answeredAt - askedAt);
    }

    void accept(Armed message, String snsMessageId) {
        accepted.add(new Accepted(message, snsMessageId));
    }

    List<Accepted> accepted() {
        return accepted;
    }

    void refuse(Result result, long delayMillis) {
        refused.add(new Refused(result, delayMillis));
        results.add(result);
    }

    void fail(Result result) {
        failed.add(result);
        results.add(result);
    }

    void finish(Draft draft, Outcome outcome, String reason) {
        results.add(new Result(draft.contact().id(), outcome, reason));
    }

    private static PhoneNumber number(Contact contact) {
        return contact.number().orElseThrow();
    }

    private static <T> String[] texts(List<T> items, Function<T, String> text) {
        return items.stream().map(text).toArray(String[]::new);
    }
}
