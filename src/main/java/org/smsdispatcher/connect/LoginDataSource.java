package org.smsdispatcher.connect;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.smsdispatcher.DatabaseUnreachableException;

/**
 * New connections for the pool, each with the credentials of now. When PostgreSQL refuses them and the login has others by then
 * (they were rotated), those are tried at once, and nobody notices.
 *
 * <p>What an operator has to mend (credentials, TLS) is told as a {@link DatabaseUnreachableException} that names the variables;
 * the pool hands it on as a cause.
 */
final class LoginDataSource implements DataSource {

    private static final String INVALID_AUTHORIZATION = "28";

    private final PGSimpleDataSource server;
    private final Login login;
    private final DatabaseTls tls;

    LoginDataSource(PGSimpleDataSource server, Login login, DatabaseTls tls) {
        this.server = server;
        this.login = login;
        this.tls = tls;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Credentials credentials = login.credentials();
        try {
            return connect(credentials);
        } catch (SQLException failure) {
            if (!isRefusal(failure) || !login.renew(credentials)) {
                throw told(failure);
            }
        }
        try {
            return connect(login.credentials());
        } catch (SQLException failure) {
            throw told(failure);
        }
    }

    private Connection connect(Credentials credentials) throws SQLException {
        return server.getConnection(credentials.user(), credentials.password());
    }

    private static boolean isRefusal(SQLException failure) {
        return failure.getSQLState() != null && failure.getSQLState().startsWith(INVALID_AUTHORIZATION);
    }

    /** The failure as it is, unless there is more to say about it. */
    private SQLException told(SQLException failure) {
        if (isRefusal(failure)) {
            throw new DatabaseUnreachableException(
                    "PostgreSQL refuses the log-in (SQLState " + failure.getSQLState() + "): " + login.whatToCheck()
                            + (tls.isOn() ? "" : "; or it demands TLS, and " + tls + " forbids it"),
                    failure);
        }
        if (tls.isOn() && isAboutTls(failure)) {
            throw new DatabaseUnreachableException(
                    "No TLS with PostgreSQL at DB_HOST that satisfies " + tls + ": " + failure.getMessage(), failure);
        }
        return failure;
    }

    /** The driver has no state of its own for it: the server has not spoken, and no socket has failed. */
    private static boolean isAboutTls(SQLException failure) {
        boolean handshake = Stream.iterate((Throwable) failure, cause -> cause != null, Throwable::getCause)
                .limit(20)
                .anyMatch(SSLException.class::isInstance);
        return handshake
                || (failure instanceof PSQLException driver
                        && driver.getServerErrorMessage() == null
                        && driver.getCause() == null
                        && (PSQLState.CONNECTION_FAILURE.getState().equals(driver.getSQLState())
                                || PSQLState.CONNECTION_REJECTED.getState().equals(driver.getSQLState())));
    }

    /** Not for the pool, which has no credentials of its own. */
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return server.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() {
        return server.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        server.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) {
        server.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() {
        return server.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return server.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return server.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return server.isWrapperFor(type);
    }
}
