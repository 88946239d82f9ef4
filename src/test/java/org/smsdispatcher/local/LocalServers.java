package org.smsdispatcher.local;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.smsdispatcher.cli.Migrations;
import redis.embedded.RedisServer;

/**
 * Real PostgreSQL, real Redis and the SNS endpoint, started from the class path: for the local run and the tests. Whatever
 * they write lies under {@code target/}.
 */
public final class LocalServers {

    private static final Path DIRECTORY = Path.of("target", "local-servers");

    private LocalServers() {}

    /** A PostgreSQL server with an empty database {@code postgres}, user {@code postgres}, any password. */
    public static EmbeddedPostgres postgres() {
        try {
            Path directory = Files.createDirectories(DIRECTORY.toAbsolutePath());
            return postgres(directory, Files.createTempDirectory(directory, "postgres-"));
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded PostgreSQL does not start", e);
        }
    }

    private static EmbeddedPostgres postgres(Path directory, Path data) throws IOException {
        try {
            return EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(directory.toFile())
                    .setDataDirectory(data)
                    .setCleanDataDirectory(true)
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .setServerConfig("max_connections", "200")
                    // what they hold is thrown away: a machine that loses power may lose it
                    .setServerConfig("fsync", "off")
                    .setServerConfig("full_page_writes", "off")
                    .start();
        } catch (IllegalStateException shuttingDown) {
            kill(data);
            throw shuttingDown;
        }
    }

    /** Ends a server that no hook will end, since this JVM began to shut down as it was starting; it may not have begun yet. */
    private static void kill(Path data) throws IOException {
        Path file = data.resolve("postmaster.pid");
        try {
            for (int tenths = 0; tenths < 100 && !isWritten(file); tenths++) {
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isWritten(file)) {
            ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()))
                    .ifPresent(ProcessHandle::destroy);
        }
    }

    private static boolean isWritten(Path file) throws IOException {
        return Files.exists(file) && !Files.readAllLines(file).isEmpty();
    }

    /** A Redis server on that port, in memory only. */
    public static RedisServer redis(int port) {
        RedisServer server = RedisServer.builder()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
        server.start();
        return server;
    }

    /** Stops a PostgreSQL server and removes its data. */
    public static void stop(EmbeddedPostgres server) {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded PostgreSQL does not stop", e);
        }
    }

    /** Runs every migration the database has not seen. */
    public static void migrate(DataSource database) {
        Migrations.run(database);
    }

    /**
     * A port nobody listens at, below those that the system gives to clients: one of those may be taken by a client while the server that
     * listened there is away, even by one that meant to reach it.
     */
    public static int freePort() {
        while (true) {
            try (ServerSocket socket =
                    new ServerSocket(ThreadLocalRandom.current().nextInt(10_000, 32_000))) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // the next one
            }
        }
    }
}
