package org.smsdispatcher.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.smsdispatcher.local.LocalServers;

/** A PostgreSQL server that keeps what it has confirmed, crashes on demand and comes back on the same data and port. */
final class ChaosServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Kept, or its level is forgotten: the driver prints each connection that breaks. */
    private final Logger driver = Logger.getLogger("org.postgresql");

    private final OwnServer server = OwnServer.start("256MB");
    private final Path data = Path.of(server.text("SHOW data_directory"));
    private final List<String> command;
    private final Path log;

    /** @param directory where the log of its restarts goes */
    ChaosServer(Path directory) throws IOException {
        driver.setLevel(Level.OFF);
        log = directory.resolve("postgres.log");
        command = command(Files.readString(data.resolve("postmaster.opts")).strip());
    }

    /** As it was started; PostgreSQL refuses to run as root, so root enters a user name space of its own, as the embedded server does. */
    private static List<String> command(String options) {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of("sh", "-c", "exec " + options));
        return command;
    }

    String describe() {
        return server.describe();
    }

    int port() {
        return server.port();
    }

    /** Creates a role that may log in, a member of that other one. */
    void createRole(String role, String memberOf) {
        server.execute("CREATE ROLE " + role + " LOGIN" + (memberOf == null ? "" : " IN ROLE " + memberOf));
    }

    /** A new database with all migrations run. */
    ChaosDatabase createDatabase(String name) {
        server.execute("CREATE DATABASE " + name);
        LocalServers.migrate(server.database(name));
        return new ChaosDatabase(this, name);
    }

    /** What is done with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /** Does it; waits while the server is away, and may then have done it twice. */
    <T> T patiently(String database, Work<T> work) {
        Instant until = Instant.now().plus(PATIENCE);
        while (true) {
            try (Connection connection = server.database(database).getConnection()) {
                return work.with(connection);
            } catch (SQLException e) {
                if (!isAway(e) || Instant.now().isAfter(until)) {
                    throw new IllegalStateException(e);
                }
                Processes.sleep(50);
            }
        }
    }

    /** Connection failures, and the server shutting down, starting or having lost its memory (classes 08 and 57 of SQLSTATE). */
    private static boolean isAway(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57");
    }

    /**
     * Crashes and starts again.
     *
     * @param signal QUIT for an immediate shutdown of the server, KILL for the death of its first process alone
     */
    void crash(String signal) throws IOException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        Processes.signal(signal, pid);
        Instant until = Instant.now().plus(PATIENCE);
        while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
            giveUpAfter(until, "does not die");
            Processes.sleep(20);
        }
        // the first tries may fail: the others of a killed server live on for a moment, and hold its memory
        while (!comesUp()) {
            giveUpAfter(until, "does not come back, see " + log);
            Processes.sleep(100);
        }
    }

    private static void giveUpAfter(Instant until, String what) {
        if (Instant.now().isAfter(until)) {
            throw new IllegalStateException("PostgreSQL " + what);
        }
    }

    private boolean comesUp() throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        while (process.isAlive()) {
            try (Connection connection = server.connect()) {
                return connection.isValid(5);
            } catch (SQLException starting) {
                Processes.waitFor(process, 50);
            }
        }
        return false;
    }

    @Override
    public void close() {
        server.close();
    }
}
