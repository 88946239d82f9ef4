package org.smsdispatcher.cli;

import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** The migrations in {@code db/migration}. */
public final class Migrations {

    private Migrations() {}

    /**
     * Runs every migration the database has not seen; a database that has the platform's tables begins behind V1. Without Flyway's
     * lock in a transaction, for which CREATE INDEX CONCURRENTLY would wait for ever.
     *
     * @return how many were run
     */
    public static int run(DataSource database) {
        return Flyway.configure()
                .dataSource(database)
                .baselineOnMigrate(true)
                .baselineVersion("1")
                .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                .load()
                .migrate()
                .migrationsExecuted;
    }
}
