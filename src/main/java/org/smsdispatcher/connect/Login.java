package org.smsdispatcher.connect;

/** Where a server's credentials come from. Any thread may ask. */
sealed interface Login permits Login.Fixed, SecretLogin, IamLogin {

    /**
     * What to log in with now.
     *
     * @throws org.smsdispatcher.DispatchException when it cannot be had
     */
    Credentials credentials();

    /**
     * Tells that the server refused these, and asks whether {@link #credentials()} has others by now.
     *
     * @throws org.smsdispatcher.DispatchException when that cannot be found out
     */
    boolean renew(Credentials refused);

    /** What an operator looks at when the log-in is refused; names variables, never their values. */
    String whatToCheck();

    /** Credentials that are the environment's, and stay. */
    record Fixed(Credentials credentials, String whatToCheck) implements Login {

        @Override
        public boolean renew(Credentials refused) {
            return false;
        }
    }
}
