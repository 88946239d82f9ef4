package org.smsdispatcher.connect;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.smsdispatcher.BadConfigurationException;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * RDS IAM authentication: the password is a presigned request, made here without a call and good for 15 minutes. A connection
 * outlives its token, so one is made for each log-in, and none can be stale.
 *
 * <p>The token holds the host and port as RDS knows them: {@code DB_HOST} has to be the instance's, cluster's or proxy's own
 * endpoint, not an alias or a tunnel.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html">IAM database authentication</a>
 */
final class IamLogin implements Login {

    private static final Duration VALID = Duration.ofMinutes(15);

    /** RDS's own host names tell the region, which need not be the topic's. */
    private static final Pattern RDS_HOST =
            Pattern.compile(".*\\.([a-z]{2}(?:-[a-z]+)+-[0-9])\\.rds\\.amazonaws\\.com(?:\\.cn)?");

    private final String host;
    private final int port;
    private final String user;
    private final String region;
    private final InstantSource clock;
    private final AwsCredentialsProvider role;

    /**
     * Makes no token yet.
     *
     * @param region where the host's name does not tell
     * @param role who signs
     */
    IamLogin(String host, int port, String user, String region, AwsCredentialsProvider role, InstantSource clock) {
        this.host = host;
        this.port = port;
        this.user = user;
        Matcher rds = RDS_HOST.matcher(host);
        this.region = rds.matches() ? rds.group(1) : region;
        this.role = role;
        this.clock = clock;
    }

    @Override
    public Credentials credentials() {
        SdkHttpRequest connect = SdkHttpRequest.builder()
                .method(SdkHttpMethod.GET)
                .protocol("https")
                .host(host)
                .port(port)
                .encodedPath("/")
                .putRawQueryParameter("DBUser", user)
                .putRawQueryParameter("Action", "connect")
                .build();
        String url = AwsV4HttpSigner.create()
                .sign(signing -> signing.identity(identity())
                        .request(connect)
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "rds-db")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        .putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
                        .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, VALID)
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(clock.instant(), ZoneOffset.UTC)))
                .request()
                .getUri()
                .toString();
        return new Credentials(user, url.substring("https://".length()));
    }

    private AwsCredentialsIdentity identity() {
        try {
            return role.resolveCredentials();
        } catch (SdkClientException e) {
            throw new BadConfigurationException(
                    "DB_IAM_AUTH=true, but no AWS credentials are found to make a token with; on Lambda they are the function's role",
                    e);
        }
    }

    @Override
    public boolean renew(Credentials refused) {
        return false;
    }

    @Override
    public String whatToCheck() {
        return "check for DB_IAM_AUTH that DB_USER is granted rds_iam, that the function's role may rds-db:connect as it, and that"
                + " DB_HOST and DB_PORT are the endpoint's own";
    }
}
