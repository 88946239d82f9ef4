package org.smsdispatcher.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The report as one HTML file: charts in SVG, no script, nothing loaded from anywhere, light and dark as the reader's system is. Colours
 * never stand alone; each has its word and its figure beside it.
 */
final class ReportPage {

    private static final List<String> STATES = List.of("delivered", "sent", "undelivered", "failed", "unknown");
    private static final int MIN_HOURS = 12;
    private static final int MAX_HOURS = 96;
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("d MMM HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>%1$s</title>
            <style>
            :root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #16202c; --soft: #5b6875; --line: #e2e6eb;
              --delivered: #0f8a70; --sent: #3d7edb; --undelivered: #d9820b; --failed: #cf3f4f; --unknown: #8a95a1; --click: #7a4fd0; }
            @media (prefers-color-scheme: dark) { :root { --page: #10151b; --card: #19212a; --ink: #e8edf2; --soft: #98a6b3; --line: #2b3641;
              --delivered: #35b597; --sent: #6aa1ee; --undelivered: #eba64a; --failed: #ea7480; --unknown: #7f8b97; --click: #a98bf0; } }
            * { box-sizing: border-box; }
            body { margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
              font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
            main { max-width: 66rem; margin: 0 auto; display: grid; gap: 1.25rem; grid-template-columns: repeat(12, 1fr); }
            header { grid-column: 1 / -1; }
            h1 { margin: 0; font-size: 1.65rem; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
            header p { margin: .4rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
            section { grid-column: span 12; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
              padding: 1.1rem 1.25rem 1.25rem; min-width: 0; }
            h2 { margin: 0 0 .9rem; font-size: 1rem; font-weight: 650; }
            h2 small { color: var(--soft); font-weight: 400; font-size: .85rem; margin-left: .4rem; }
            .tiles { display: grid; gap: 1rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); }
            .tile b { display: block; font-size: 1.75rem; font-weight: 650; line-height: 1.15; letter-spacing: -.02em; }
            .tile span { color: var(--soft); font-size: .85rem; }
            @media (min-width: 52rem) { .half { grid-column: span 6; } }
            svg { display: block; width: 100%%; height: auto; overflow: visible; }
            /* narrow screens scroll, and begin at the latest hour */
            .timeline { overflow-x: auto; overflow-y: hidden; direction: rtl; } .timeline svg { min-width: 44rem; direction: ltr; }
            svg text { fill: var(--ink); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
            svg .soft { fill: var(--soft); } svg .small { font-size: 11px; } svg .track { fill: var(--line); opacity: .55; }
            svg .grid { stroke: var(--line); }
            .delivered { fill: var(--delivered); background: var(--delivered); } .sent { fill: var(--sent); background: var(--sent); }
            .undelivered { fill: var(--undelivered); background: var(--undelivered); } .failed { fill: var(--failed); background: var(--failed); }
            .unknown { fill: var(--unknown); background: var(--unknown); } .click { fill: var(--click); background: var(--click); }
            .legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: .8rem 0 0; padding: 0; list-style: none; color: var(--soft);
              font-size: .85rem; }
            .legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem; margin-right: .4rem; }
            .legend b { color: var(--ink); font-weight: 600; }
            .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%%; font-size: .9rem; }
            th, td { padding: .4rem .45rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
            th { color: var(--soft); font-weight: 500; font-size: .85rem; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
            tr:last-child td { border-bottom: 0; }
            </style>
            </head>
            <body>
            <main>
            <header><h1>%1$s</h1><p>%2$s</p></header>
            """;

    private final String campaign;
    private final JsonNode report;
    private final StringBuilder page = new StringBuilder();

    ReportPage(String campaign, JsonNode report) {
        this.campaign = campaign;
        this.report = report;
    }

    String html() {
        page.append(HEAD.formatted(
                escape(campaign),
                escape("Campaign " + report.path("campaignId").asText() + ", "
                        + report.path("campaignStatus").asText() + " · all times in UTC")));
        tiles();
        funnel();
        messages();
        timeline();
        outcomes();
        attempts();
        return page.append("</main>\n</body>\n</html>\n").toString();
    }

    private long figure(String pointer) {
        return report.at(pointer).longValue();
    }

    private void tiles() {
        section("", "In figures", "");
        page.append("<div class=\"tiles\">");
        tile(number(figure("/messages/accepted")), "messages");
        tile(percent(report.at("/deliveryRate")), "delivered");
        tile(percent(report.at("/clickThroughRate")), "of these clicked");
        tile(number(figure("/clicks/human")), "human clicks of " + number(figure("/clicks/all")));
        tile(number(figure("/optOuts")), "opt-outs");
        tile(number(figure("/parts")), "parts sent");
        tile(report.at("/cost").decimalValue().setScale(2, RoundingMode.HALF_UP).toPlainString(), "cost");
        page.append("</div>\n</section>\n");
    }

    private void tile(String figure, String word) {
        page.append("<div class=\"tile\"><b>")
                .append(figure)
                .append("</b><span>")
                .append(escape(word))
                .append("</span></div>");
    }

    private void funnel() {
        Map<String, Long> steps = new LinkedHashMap<>();
        steps.put("accepted", figure("/messages/accepted"));
        steps.put("delivered", figure("/messages/delivered"));
        steps.put("opened", figure("/opens"));
        steps.put("clicked", figure("/clicks/messages"));
        section("half", "From accepted to clicked", "");
        bars("Funnel", steps, Map.of("accepted", "sent", "opened", "click", "clicked", "click"), steps.get("accepted"));
        page.append("</section>\n");
    }

    private void messages() {
        Map<String, Long> states = new LinkedHashMap<>();
        STATES.forEach(state -> states.put(state, figure("/messages/" + state)));
        section("half", "Messages by status", "each once, as it stands now");
        bars("Messages by status", states, Map.of(), figure("/messages/accepted"));
        page.append("</section>\n");
    }

    private void outcomes() {
        Map<String, Long> outcomes = new LinkedHashMap<>();
        report.path("outcomes")
                .properties()
                .forEach(outcome -> outcomes.put(
                        outcome.getKey().equals("none") ? "waiting" : outcome.getKey(),
                        outcome.getValue().longValue()));
        Map<String, String> colours = new LinkedHashMap<>();
        outcomes.keySet().forEach(outcome -> colours.put(outcome, colour(outcome)));
        long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
        section("half", "Contacts by outcome", number(all) + " contacts");
        bars("Contacts by outcome", outcomes, colours, all);
        page.append("</section>\n");
    }

    private static String colour(String outcome) {
        return switch (outcome) {
            case "sent" -> "delivered";
            case "undelivered", "outsideWindow" -> "undelivered";
            case "waiting", "unknown", "blacklisted" -> "unknown";
            default -> "failed";
        };
    }

    /** Horizontal bars with their words and figures. */
    private void bars(String label, Map<String, Long> values, Map<String, String> colours, long whole) {
        int row = 34;
        int left = 128;
        int width = 240;
        page.append(
                "<svg viewBox=\"0 0 480 %d\" role=\"img\" aria-label=\"%s\">\n".formatted(values.size() * row, label));
        int y = 0;
        for (Map.Entry<String, Long> bar : values.entrySet()) {
            String word = escape(bar.getKey());
            double share = whole == 0 ? 0 : (double) bar.getValue() / whole;
            double length = bar.getValue() == 0 ? 0 : Math.max(2, share * width);
            page.append("<text x=\"0\" y=\"%d\">%s</text>".formatted(y + 21, word));
            page.append("<rect class=\"track\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" rx=\"4\"/>"
                    .formatted(left, y + 6, width));
            page.append(String.format(
                    Locale.ROOT,
                    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" rx=\"4\"><title>%s: %d</title></rect>",
                    colours.getOrDefault(bar.getKey(), bar.getKey()),
                    left,
                    y + 6,
                    length,
                    word,
                    bar.getValue()));
            page.append("<text x=\"%d\" y=\"%d\">%s<tspan class=\"soft\" dx=\"6\">%s</tspan></text>\n"
                    .formatted(left + width + 10, y + 21, number(bar.getValue()), percent(share)));
            y += row;
        }
        page.append("</svg>\n");
    }

    /** An hour's messages by status, and the clicks made in it; no hour missing between the first and the last. */
    private record Column(Instant hour, JsonNode counts) {

        long count(String key) {
            return counts.path(key).longValue();
        }
    }

    private List<Column> columns() {
        Map<Instant, JsonNode> hours = new LinkedHashMap<>();
        report.path("hours")
                .forEach(hour -> hours.put(Instant.parse(hour.path("hour").asText()), hour));
        if (hours.isEmpty()) {
            return List.of();
        }
        List<Instant> known = List.copyOf(hours.keySet());
        Instant first = known.get(0);
        Instant last = known.get(known.size() - 1);
        long span = ChronoUnit.HOURS.between(first, last) + 1;
        if (span < MIN_HOURS) {
            first = last.minus(MIN_HOURS - 1, ChronoUnit.HOURS);
            span = MIN_HOURS;
        }
        List<Column> columns = new ArrayList<>();
        for (long i = 0; i < Math.min(span, MAX_HOURS); i++) {
            Instant hour = first.plus(i, ChronoUnit.HOURS);
            columns.add(new Column(hour, hours.getOrDefault(hour, report.path("none"))));
        }
        return columns;
    }

    private void timeline() {
        List<Column> columns = columns();
        section("", "Sent by the hour", "colours tell what became of them; a dot, the clicks of people in that hour");
        if (columns.isEmpty()) {
            page.append("<p class=\"soft\">Nothing has been sent yet.</p></section>\n");
            return;
        }
        int height = 200;
        int left = 44;
        int width = 980;
        long most = Math.max(
                1,
                columns.stream()
                        .mapToLong(column -> Math.max(column.count("accepted"), column.count("clicks")))
                        .max()
                        .orElse(1));
        long top = roundUp(most);
        double step = (double) (width - left) / columns.size();
        page.append(
                "<div class=\"timeline\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Messages sent by the hour\">\n"
                        .formatted(width, height + 46));
        for (int line = 0; line <= 4; line++) {
            double y = 12 + height - (double) height * line / 4;
            page.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"soft small\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    left,
                    width,
                    y,
                    y,
                    left - 8,
                    y + 4,
                    top * line % 4 == 0 ? number(top * line / 4) : ""));
        }
        int every = Math.max(1, (columns.size() + 11) / 12);
        for (int i = 0; i < columns.size(); i++) {
            column(columns.get(i), left + i * step, step, height, top, i % every == 0);
        }
        page.append("</svg></div>\n<ul class=\"legend\">");
        STATES.stream()
                .filter(state -> figure("/messages/" + state) > 0)
                .forEach(state -> legend(state, state, figure("/messages/" + state)));
        legend("click", "clicks of people", figure("/clicks/human"));
        page.append("</ul>\n</section>\n");
    }

    private void column(Column column, double x, double step, int height, long top, boolean labelled) {
        double width = Math.min(46, step * 0.68);
        double middle = x + step / 2;
        double y = 12 + height;
        for (String state : STATES) {
            double length = (double) height * column.count(state) / top;
            if (length > 0) {
                y -= length;
                page.append(String.format(
                        Locale.ROOT,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s: %d %s</title></rect>",
                        state,
                        middle - width / 2,
                        y,
                        width,
                        length,
                        HOUR.format(column.hour()),
                        column.count(state),
                        state));
            }
        }
        if (column.count("clicks") > 0) {
            page.append(String.format(
                    Locale.ROOT,
                    "<circle class=\"click\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\" stroke=\"var(--card)\" stroke-width=\"2\"><title>%s: %d clicks</title></circle>",
                    middle,
                    12 + height - (double) height * column.count("clicks") / top,
                    HOUR.format(column.hour()),
                    column.count("clicks")));
        }
        if (labelled) {
            boolean isMidnight = CLOCK.format(column.hour()).equals("00:00");
            page.append(String.format(
                    Locale.ROOT,
                    "<text class=\"soft small\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                    middle,
                    height + 32,
                    isMidnight ? HOUR.format(column.hour()).replace(" 00:00", "") : CLOCK.format(column.hour())));
        }
    }

    private void legend(String colour, String word, long count) {
        page.append("<li><i class=\"%s\"></i>%s <b>%s</b></li>".formatted(colour, escape(word), number(count)));
    }

    private void attempts() {
        section("half", "Attempts", "");
        page.append(
                "<div class=\"wide\"><table><tr><th>attempt</th><th>messages</th><th>delivered</th><th>undelivered</th>"
                        + "<th>failed</th><th>parts</th><th>cost</th></tr>");
        for (JsonNode attempt : report.path("attempts")) {
            page.append("<tr>");
            for (String key : List.of("attempt", "accepted", "delivered", "undelivered", "failed", "parts")) {
                page.append("<td>")
                        .append(number(attempt.path(key).longValue()))
                        .append("</td>");
            }
            page.append("<td>")
                    .append(attempt.path("cost")
                            .decimalValue()
                            .setScale(2, RoundingMode.HALF_UP)
                            .toPlainString())
                    .append("</td></tr>");
        }
        page.append("</table></div></section>\n");
    }

    private void section(String width, String title, String note) {
        page.append("<section class=\"%s\"><h2>%s%s</h2>\n"
                .formatted(width, escape(title), note.isEmpty() ? "" : " <small>" + escape(note) + "</small>"));
    }

    /** 1, 2, 4 or 8 times a power of ten, so that four lines have round figures. */
    private static long roundUp(long most) {
        for (long power = 1; ; power *= 10) {
            for (long factor : new long[] {4, 8, 12, 20, 28}) {
                if (factor * power >= most) {
                    return factor * power;
                }
            }
        }
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, share > 0 && share < 0.1 ? "%.1f %%" : "%.0f %%", share * 100);
    }

    private static String percent(JsonNode rate) {
        return rate.isNumber()
                ? rate.decimalValue().multiply(BigDecimal.valueOf(100)).setScale(1, RoundingMode.HALF_UP) + " %"
                : "–";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
