package org.smsdispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smsdispatcher.Platform.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** "Finished" is said only when nobody is left, while others import contacts into the same campaign. */
class CompletionTest {

    private final Platform platform = Platform.start();
    private final DispatchHandler dispatcher = platform.dispatcher();

    @AfterEach
    void stop() {
        dispatcher.close();
        platform.close();
    }

    @Test
    void waitsForAnImportThatIsNotCommittedYet() throws Exception {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 3);
        try (Connection importer = platform.dataSource().getConnection()) {
            importer.setAutoCommit(false);
            insertContact(importer, campaign, "+12125557777");

            JsonNode during = dispatch(dispatcher, campaign, 10);
            importer.commit();
            JsonNode after = dispatch(dispatcher, campaign, 10);

            assertThat(during.get("sentCount").intValue()).isEqualTo(3);
            assertThat(during.get("campaignStatus").textValue()).isEqualTo("active");
            assertThat(during.get("nextDispatchAt").isNull())
                    .as("an orchestrator must come again")
                    .isFalse();
            assertThat(after.get("sentCount").intValue()).isEqualTo(1);
            assertThat(after.get("campaignStatus").textValue()).isEqualTo("completed");
        }
    }

    @Test
    void isNeverPrematureWhileAnImporterRaces() {
        for (int race = 0; race < 30; race++) {
            race();
        }
    }

    private void race() {
        UUID campaign = platform.campaign();
        platform.contacts(campaign, 2);
        CompletableFuture<Boolean> imported = CompletableFuture.supplyAsync(() -> importWhileActive(campaign));

        String status;
        do {
            status = dispatch(dispatcher, campaign, 10).get("campaignStatus").textValue();
        } while (status.equals("active"));

        boolean contactCame = imported.join();
        assertThat(platform.statuses(campaign)).isEqualTo("completed=" + (contactCame ? 3 : 2));
    }

    /** As an importer that takes part in the protocol: the row lock of the foreign key, then a look at the campaign. */
    private boolean importWhileActive(UUID campaign) {
        try (Connection importer = platform.dataSource().getConnection()) {
            importer.setAutoCommit(false);
            Thread.sleep(ThreadLocalRandom.current().nextInt(15));
            insertContact(importer, campaign, "+12125557777");
            Thread.sleep(ThreadLocalRandom.current().nextInt(5));
            try (PreparedStatement active =
                    importer.prepareStatement("SELECT 1 FROM campaigns WHERE id = ? AND status = 'active'")) {
                active.setObject(1, campaign);
                if (active.executeQuery().next()) {
                    importer.commit();
                    return true;
                }
                importer.rollback();
                return false;
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void insertContact(Connection importer, UUID campaign, String number) throws Exception {
        try (PreparedStatement insert =
                importer.prepareStatement("INSERT INTO contacts (campaign_id, phone_number) VALUES (?, ?)")) {
            insert.setObject(1, campaign);
            insert.setString(2, number);
            insert.executeUpdate();
        }
    }
}
