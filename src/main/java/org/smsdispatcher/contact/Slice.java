package org.smsdispatcher.contact;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.smsdispatcher.reply.Result;

/**
 * Contacts claimed by one statement under one lease. A batch is worked off slice by slice, so that a crash strands few.
 *
 * @param lease random, and so a fence: whoever acts on a contact must still know it
 * @param zoneNames the zones to claim from, as stored, in the order they are served
 * @param limit how many contacts to claim at most; 0 when there is nothing to claim or no time left
 * @param leaseSeconds how long the lease holds: the invocation's remaining time and 30 seconds of grace
 * @param contacts the contacts leased
 * @param ended what the claim itself ended: blacklisted, no attempt left
 */
public record Slice(
        UUID lease, List<String> zoneNames, int limit, int leaseSeconds, List<Contact> contacts, List<Result> ended) {

    /** Nothing to claim. */
    public static Slice none() {
        return new Slice(new UUID(0, 0), List.of(), 0, 0, List.of(), List.of());
    }

    public boolean isClaimable() {
        return limit > 0;
    }

    /** Whether the claim found all it asked for, so that there may be more. */
    public boolean isFull() {
        return limit > 0 && contacts.size() + ended.size() >= limit;
    }

    Slice with(List<Contact> claimed, List<Result> endedByClaim) {
        return new Slice(lease, zoneNames, limit, leaseSeconds, claimed, endedByClaim);
    }

    public String[] zones() {
        return zoneNames.toArray(String[]::new);
    }

    /** The contacts leased, for an SQL array. */
    public String[] ids() {
        return contacts.stream().map(contact -> contact.id().toString()).toArray(String[]::new);
    }

    /** The Redis keys to ask for, two a contact where the stored spelling is not E.164. */
    public List<String> blacklistKeys() {
        List<String> keys = new ArrayList<>();
        for (Contact contact : contacts) {
            keys.addAll(keysOf(contact));
        }
        return keys;
    }

    /**
     * This slice with Redis's answers.
     *
     * @param answers one a key, in the order of {@link #blacklistKeys()}; null where there is no such key
     * @throws IllegalArgumentException when the number of answers is another
     */
    public Slice withRedisAnswers(List<?> answers) {
        if (answers == null || answers.size() != blacklistKeys().size()) {
            throw new IllegalArgumentException("Redis gave " + (answers == null ? "no" : answers.size() + "")
                    + " answers for " + blacklistKeys().size() + " keys");
        }
        List<Contact> answered = new ArrayList<>();
        int at = 0;
        for (Contact contact : contacts) {
            int next = at + keysOf(contact).size();
            answered.add(
                    contact.withRedisAnswer(answers.subList(at, next).stream().anyMatch(answer -> answer != null)));
            at = next;
        }
        return with(answered, ended);
    }

    private static List<String> keysOf(Contact contact) {
        String stored = "blacklist:" + contact.storedNumber();
        return contact.number()
                .map(number -> "blacklist:" + number.e164())
                .filter(key -> !key.equals(stored))
                .map(key -> List.of(key, stored))
                .orElse(List.of(stored));
    }
}
