package org.smsdispatcher.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** A certificate authority for one test run, made with the JDK's keytool. */
final class TestCa {

    private static final String PASSWORD = "changeit";

    private final Path directory;
    private final Path store;

    private TestCa(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("ca.p12");
        keytool("-alias", "ca", "-dname", "CN=Test CA", "-ext", "bc:c", "-ext", "ku:c=keyCertSign");
    }

    static TestCa create(Path directory) {
        return new TestCa(directory);
    }

    /** The CA's certificate in PEM. */
    Path certificate() {
        return write("ca.pem", pem("CERTIFICATE", encoded("ca", false)), "rw-r--r--");
    }

    /** A server's certificate and its key, in PEM; only its owner can read the key, as PostgreSQL demands. */
    record Issued(Path certificate, Path key) {}

    /** A certificate for a server of that DNS name. */
    Issued issue(String host) {
        keytool("-alias", host, "-dname", "CN=server", "-signer", "ca", "-ext", "san=dns:" + host);
        return new Issued(
                write(host + ".pem", pem("CERTIFICATE", encoded(host, false)), "rw-r--r--"),
                write(host + ".key", pem("PRIVATE KEY", encoded(host, true)), "rw-------"));
    }

    private void keytool(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString()));
        command.addAll(Arrays.asList(arguments));
        try {
            Process keytool =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (keytool.waitFor() != 0) {
                throw new IllegalStateException(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private byte[] encoded(String alias, boolean key) {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            return key
                    ? keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()
                    : keys.getCertificate(alias).getEncoded();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }

    private Path write(String name, String text, String permissions) {
        try {
            Path file = directory.resolve(name);
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
            return Files.writeString(file, text, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
