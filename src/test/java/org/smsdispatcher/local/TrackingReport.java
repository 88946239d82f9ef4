package org.smsdispatcher.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.smsdispatcher.cli.TextTable;
import org.smsdispatcher.local.DemoGateway.Did;

/** Shows what a campaign achieved, beside what the gateway's part did where that is known. */
final class TrackingReport {

    private static final Path PAGE = Path.of("target", "report.html");

    private final PrintStream out;

    TrackingReport(PrintStream out) {
        this.out = out;
    }

    /**
     * The report as a table, each figure beside the gateway's.
     *
     * @param before the report before the gateway began: what its receipts moved is counted from there
     * @return whether they agree, to the last one
     */
    boolean compare(JsonNode before, JsonNode after, Did did, int events) {
        out.println();
        out.println(
                "What became of them: " + did.receipts + " receipts, " + did.repeated + " of them twice, in any order, "
                        + did.webhooks + " by webhook, and " + did.allClicks + " clicks, in " + events + " events");
        TextTable table = new TextTable("FIGURE", "REPORT", "GATEWAY'S PART");
        boolean agreed = true;
        for (Map.Entry<String, String> figure : expected(before, did).entrySet()) {
            String reported = text(after.at(figure.getKey()));
            boolean same = Objects.equals(reported, figure.getValue());
            agreed &= same;
            table.add(
                    figure.getKey().substring(1).replace('/', ' '),
                    reported,
                    same ? figure.getValue() : figure.getValue() + "  THEY DO NOT AGREE");
        }
        table.print(out);
        return agreed;
    }

    private static Map<String, String> expected(JsonNode before, Did did) {
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put("/messages/accepted", text(did.accepted()));
        figures.put("/messages/sent", text(did.onItsWay));
        figures.put("/messages/delivered", text(did.delivered));
        figures.put("/messages/undelivered", text(did.undelivered));
        figures.put("/messages/failed", text(did.failed));
        figures.put("/messages/unknown", "0");
        figures.put("/deliveryRate", rate(did.delivered, did.accepted()));
        figures.put("/opens", text(did.opens));
        figures.put("/clicks/human", text(did.humanClicks));
        figures.put("/clicks/all", text(did.allClicks));
        figures.put("/clickThroughRate", rate(did.deliveredAndClicked, did.delivered));
        figures.put("/optOuts", text(did.optOuts));
        figures.put("/parts", text(did.parts));
        figures.put("/cost", did.cost.stripTrailingZeros().toPlainString());
        // an undelivered message is tried again later, one that failed is not
        figures.put("/contacts/pending", text(before.at("/contacts/pending").intValue() + did.undelivered));
        figures.put(
                "/contacts/completed",
                text(before.at("/contacts/completed").intValue() - did.undelivered - did.failed));
        figures.put("/contacts/failed", text(before.at("/contacts/failed").intValue() + did.failed));
        figures.put(
                "/contacts/blacklisted", text(before.at("/contacts/blacklisted").intValue()));
        return figures;
    }

    private static String text(int count) {
        return Integer.toString(count);
    }

    private static String text(JsonNode figure) {
        if (figure.isNull() || figure.isMissingNode()) {
            return "-";
        }
        BigDecimal number = figure.decimalValue();
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    private static String rate(int part, int whole) {
        if (whole == 0) {
            return "-";
        }
        BigDecimal rate = BigDecimal.valueOf(part).divide(BigDecimal.valueOf(whole), 4, java.math.RoundingMode.HALF_UP);
        return rate.signum() == 0 ? "0" : rate.stripTrailingZeros().toPlainString();
    }

    /** Writes the report as a page to look at. */
    void page(String campaign, JsonNode report) {
        try {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, new ReportPage(campaign, report).html());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println(String.format(Locale.ROOT, "The same as a page with charts: %s", PAGE));
    }
}
