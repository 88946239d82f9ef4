package org.smsdispatcher.connect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.postgresql.ds.PGSimpleDataSource;
import org.smsdispatcher.BadConfigurationException;

/**
 * Whether PostgreSQL is spoken to through TLS, and what its certificate has to prove.
 *
 * @param mode libpq's word. {@code require} encrypts and checks nothing, {@code verify-ca} wants a certificate of a known CA,
 *     {@code verify-full} one that is for {@code DB_HOST} as well
 * @param rootCert the file of known CAs, where certificates are checked; none means the CAs that the JDK knows
 * @see <a href="https://www.postgresql.org/docs/current/libpq-ssl.html">libpq's SSL modes</a>
 */
record DatabaseTls(String mode, Optional<Path> rootCert) {

    /** RDS's CAs, which no JDK knows; lies in the image, where {@code LAMBDA_TASK_ROOT} is. */
    static final String RDS_BUNDLE = "rds-ca-bundle.pem";

    /** {@code DB_SSL_ROOT_CERT} for the CAs that the JDK knows; libpq's word too. */
    private static final String SYSTEM = "system";

    private static final String OFF = "disable";

    /** Not allow and prefer: whoever sits between would only have to say that there is no TLS. */
    private static final List<String> MODES = List.of(OFF, "require", "verify-ca", "verify-full");

    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[?(::1|0:0:0:0:0:0:0:1)]?");

    /**
     * As the settings say: by default {@code verify-full}, except on this very machine, where nobody sits between.
     *
     * @throws BadConfigurationException naming the variable that is wrong
     */
    static DatabaseTls of(Settings settings) {
        String mode = settings.optional("db.ssl.mode")
                .orElseGet(() -> isLoopback(settings.text("db.host")) ? OFF : "verify-full");
        if (!MODES.contains(mode)) {
            throw new BadConfigurationException(
                    "DB_SSL_MODE must be one of " + String.join(", ", MODES) + ", it is '" + mode + "'");
        }
        boolean verifies = mode.startsWith("verify-");
        Optional<String> rootCert = settings.optional("db.ssl.root.cert");
        if (rootCert.isPresent() && !verifies) {
            throw new BadConfigurationException("DB_SSL_ROOT_CERT is set, but DB_SSL_MODE=" + mode
                    + " checks no certificate: set verify-full, or unset DB_SSL_ROOT_CERT");
        }
        if (OFF.equals(mode) && settings.flag("db.iam.auth")) {
            throw new BadConfigurationException(
                    "DB_IAM_AUTH=true sends its token as it is: DB_SSL_MODE must not be disable");
        }
        return new DatabaseTls(mode, verifies ? file(rootCert, settings) : Optional.empty());
    }

    private static boolean isLoopback(String host) {
        return LOOPBACK.matcher(host).matches();
    }

    private static Optional<Path> file(Optional<String> rootCert, Settings settings) {
        if (rootCert.isPresent()) {
            return rootCert.filter(named -> !SYSTEM.equals(named))
                    .map(named -> RootCerts.file("DB_SSL_ROOT_CERT", named));
        }
        return settings.optional("lambda.task.root")
                .map(root -> Path.of(root, RDS_BUNDLE))
                .filter(Files::isReadable);
    }

    boolean isOn() {
        return !OFF.equals(mode);
    }

    void applyTo(PGSimpleDataSource server) {
        server.setSslMode(mode);
        if (rootCert.isPresent()) {
            server.setSslRootCert(rootCert.get().toString());
        } else if (mode.startsWith("verify-")) {
            server.setSslfactory("org.postgresql.ssl.DefaultJavaSSLFactory");
        }
    }

    /** As an operator would write it, for messages. */
    @Override
    public String toString() {
        return "DB_SSL_MODE=" + mode
                + (mode.startsWith("verify-")
                        ? " with DB_SSL_ROOT_CERT="
                                + rootCert.map(Path::toString).orElse(SYSTEM)
                        : "");
    }
}
