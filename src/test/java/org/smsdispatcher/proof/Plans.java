package org.smsdispatcher.proof;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether PostgreSQL would read the statements' rows through the indexes made for them. It is asked for the generic plan, which a
 * prepared statement of the function falls back to unless its values promise a cheaper one, on statistics that are up to date.
 */
final class Plans {

    private static final Pattern PARAMETER = Pattern.compile(":#\\$\\{[^}]+}");
    private static final Pattern SCAN_OF_A_TABLE =
            Pattern.compile("Seq Scan on (?:contacts|sms_records|blacklist|sms_links|sms_clicks|sms_events)\\b");

    /** The indexes a statement's plan must use. */
    private static final Map<String, List<String>> NEEDED = needed();

    /** Full of dead entries, since every contact and every record passes through 'in_progress' and 'queued'. */
    private static final List<String> BY_STATUS = List.of(
            "contacts_sms_lease", "contacts_status_idx", "contacts_campaign_id_status_idx", "sms_records_status_idx");

    /** Statements whose contacts are named by id. */
    private static final List<String> BY_ID = List.of(
            "arm", "rearm", "settle", "unarm", "fail", "release", "finish-screened", "record-receipt", "opt-out");

    private Plans() {}

    private static Map<String, List<String>> needed() {
        Map<String, List<String>> needed = new LinkedHashMap<>();
        needed.put("find-due-campaigns", List.of("campaigns_status_idx"));
        needed.put("find-stopped-campaigns", List.of("contacts_", "campaigns_pkey"));
        needed.put("find-zones", List.of("contacts_sms_ready"));
        needed.put("claim", List.of("contacts_sms_ready", "contacts_pkey", "blacklist_pkey"));
        needed.put("take-over", List.of("contacts_pkey", "sms_records_contact_id_idx"));
        needed.put("arm", List.of("contacts_pkey", "campaigns_pkey", "blacklist_sms_spelling", "sms_records_pkey"));
        needed.put("rearm", List.of("contacts_pkey", "blacklist_sms_spelling", "sms_records_contact_id_idx"));
        needed.put("settle", List.of("contacts_pkey", "sms_records_pkey"));
        needed.put("unarm", List.of("contacts_pkey", "sms_records_contact_id_idx"));
        needed.put("fail", List.of("contacts_pkey", "sms_records_contact_id_idx"));
        needed.put("release", List.of("contacts_pkey"));
        needed.put("finish-screened", List.of("contacts_pkey", "sms_records_contact_id_idx"));
        needed.put("reap", List.of("contacts_pkey", "sms_records_contact_id_idx"));
        needed.put(
                "record-receipt",
                List.of(
                        "contacts_pkey",
                        "sms_records_pkey",
                        "sms_records_contact_id_idx",
                        "sms_records_provider_message_idx",
                        "sms_events_provider_message_idx",
                        "sms_events_record_id_idx",
                        "campaigns_pkey",
                        "blacklist_sms_spelling"));
        needed.put("opt-out", List.of("contacts_sms_spelling", "contacts_pkey", "sms_events_opt_out"));
        needed.put("complete", List.of("contacts_sms_ready"));
        needed.put("record-click", List.of("sms_links_pkey", "sms_records_pkey", "sms_clicks_token"));
        needed.put("find-target", List.of("sms_links_pkey"));
        needed.put(
                "report",
                List.of(
                        "campaigns_pkey",
                        "Index Only Scan using sms_records_report ",
                        "sms_records_report_unknown",
                        "sms_records_opted_out",
                        "contacts_",
                        "sms_clicks_campaign"));
        return needed;
    }

    /**
     * Vacuums until nearly every page is known to be visible to all. While autovacuum analyses a table, its snapshot keeps a VACUUM from
     * saying so, and the planner then has no reason for an index-only scan.
     *
     * @throws IllegalStateException when twenty times were not enough
     */
    static void vacuum(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (int i = 0; i < 20; i++) {
                statement.execute("VACUUM ANALYZE");
                if (isVisible(statement)) {
                    return;
                }
                Thread.sleep(500);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("VACUUM does not come to mark the pages of all tables as visible");
    }

    private static boolean isVisible(Statement statement) throws SQLException {
        try (ResultSet left = statement.executeQuery(
                "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                        + " AND relallvisible < 0.98 * relpages")) {
            left.next();
            return left.getInt(1) == 0;
        }
    }

    /** What is wrong with the plans of the shipped statements; nothing is the right answer. */
    static List<String> faults(Connection connection) throws SQLException {
        List<String> faults = new ArrayList<>();
        for (String name : NEEDED.keySet()) {
            faults.addAll(faults(connection, name, ShippedSql.source(name)));
        }
        return faults;
    }

    /** What is wrong with the plan of {@code source}, which may differ from what ships. */
    static List<String> faults(Connection connection, String name, String source) throws SQLException {
        String plan = generic(connection, source);
        List<String> faults = new ArrayList<>();
        for (String index : NEEDED.get(name)) {
            if (!plan.contains(index)) {
                faults.add(name + ".sql does not use " + index + "\n" + plan);
            }
        }
        Matcher scan = SCAN_OF_A_TABLE.matcher(plan);
        if (scan.find()) {
            faults.add(name + ".sql: " + scan.group() + "\n" + plan);
        }
        for (String index : BY_ID.contains(name) ? BY_STATUS : List.of("sms_records_status_idx")) {
            if (plan.contains(index)) {
                faults.add(name + ".sql walks the dead entries of " + index + "\n" + plan);
            }
        }
        return faults;
    }

    /** @param connection in simple query mode: it must not bind the plan's parameters */
    static String generic(Connection connection, String source) throws SQLException {
        String code = source.replaceAll("(?m)^\\s*--.*\\R", "");
        Matcher each = PARAMETER.matcher(code);
        StringBuilder numbered = new StringBuilder();
        for (int i = 1; each.find(); i++) {
            each.appendReplacement(numbered, Matcher.quoteReplacement("$" + i));
        }
        each.appendTail(numbered);
        StringBuilder plan = new StringBuilder();
        try (Statement statement = connection.createStatement();
                ResultSet line = statement.executeQuery("EXPLAIN (GENERIC_PLAN) " + numbered)) {
            while (line.next()) {
                plan.append(line.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }
}
