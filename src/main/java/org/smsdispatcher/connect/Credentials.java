package org.smsdispatcher.connect;

/**
 * What a server is told at the log-in. Never printed.
 *
 * @param user null for the server's default user, which only Redis has
 * @param password null where the server asks for none, which only Redis may
 */
record Credentials(String user, String password) {

    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
