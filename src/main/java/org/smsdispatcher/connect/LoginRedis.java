package org.smsdispatcher.connect;

import java.io.IOException;
import java.util.stream.Stream;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.exceptions.JedisAccessControlException;

/**
 * New connections to Redis, each with the credentials of now. When Redis refuses them and the login has others by then (they were
 * rotated), those are tried at once.
 */
final class LoginRedis extends JedisConnectionFactory {

    private final Login login;

    LoginRedis(
            RedisStandaloneConfiguration server,
            JedisClientConfiguration.JedisClientConfigurationBuilder client,
            Login login) {
        super(
                server,
                client.customize(jedis -> jedis.credentialsProvider(() -> new Given(login.credentials())))
                        .build());
        this.login = login;
    }

    private record Given(Credentials credentials) implements RedisCredentials {

        @Override
        public String getUser() {
            return credentials.user();
        }

        @Override
        public char[] getPassword() {
            return credentials.password() == null
                    ? null
                    : credentials.password().toCharArray();
        }
    }

    @Override
    protected Jedis fetchJedisConnector() {
        Credentials credentials = login.credentials();
        try {
            return super.fetchJedisConnector();
        } catch (RedisConnectionFailureException failure) {
            if (!isRefusal(failure) || !login.renew(credentials)) {
                throw told(failure);
            }
        }
        try {
            return super.fetchJedisConnector();
        } catch (RedisConnectionFailureException failure) {
            throw told(failure);
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return causes(failure).anyMatch(JedisAccessControlException.class::isInstance);
    }

    /** The failure with the reason in its message: the log gets no more than that. */
    private RedisConnectionFailureException told(RedisConnectionFailureException failure) {
        return new RedisConnectionFailureException(
                isRefusal(failure)
                        ? "Redis refuses the log-in: " + login.whatToCheck()
                        : "No connection: " + reason(failure),
                failure);
    }

    /** What the network or TLS said, else the innermost cause. */
    private static String reason(Throwable failure) {
        return causes(failure)
                .filter(IOException.class::isInstance)
                .findFirst()
                .or(() -> causes(failure).reduce((outer, inner) -> inner))
                .map(Throwable::toString)
                .orElse("");
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(20);
    }
}
