package org.smsdispatcher.proof;

import org.smsdispatcher.local.LocalServers;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.RedisServer;

/** A Redis server that is killed, hung and emptied. */
final class ChaosRedis implements AutoCloseable {

    private static final int SHORTLY = 300;

    private final int port = LocalServers.freePort();
    private RedisServer server = LocalServers.redis(port);
    private long pid = pid();

    int port() {
        return port;
    }

    private long pid() {
        try (Jedis redis = new Jedis("127.0.0.1", port)) {
            return redis.info("server")
                    .lines()
                    .filter(line -> line.startsWith("process_id:"))
                    .mapToLong(line -> Long.parseLong(
                            line.substring("process_id:".length()).strip()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Kills it, and starts another, an empty one, after a while. */
    void killFor(long millis) {
        Processes.signal("KILL", pid);
        server.stop();
        Processes.sleep(millis);
        server = LocalServers.redis(port);
        pid = pid();
    }

    /** Takes connections, and answers nothing for a while. */
    void hangFor(long millis) {
        Processes.signal("STOP", pid);
        Processes.sleep(millis);
        Processes.signal("CONT", pid);
    }

    void empty() {
        try (Jedis redis = new Jedis("127.0.0.1", port)) {
            redis.flushAll();
        }
    }

    /** Tells it that a number is barred; being down, it does not learn it. */
    boolean bar(String e164) {
        try (Jedis redis = new Jedis("127.0.0.1", port, SHORTLY)) {
            redis.set("blacklist:" + e164, "1");
            return true;
        } catch (JedisException down) {
            return false;
        }
    }

    @Override
    public void close() {
        Processes.signal("CONT", pid);
        server.stop();
    }
}
