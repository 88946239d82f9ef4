package org.smsdispatcher.connect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.smsdispatcher.BadConfigurationException;

/** Files of CA certificates in PEM. */
final class RootCerts {

    private RootCerts() {}

    /**
     * The file, which was seen to hold certificates.
     *
     * @throws BadConfigurationException naming the variable, when it does not
     */
    static Path file(String variable, String file) {
        read(variable, file);
        return Path.of(file);
    }

    /**
     * Sockets that trust these CAs and no other.
     *
     * @throws BadConfigurationException naming the variable, when the file holds none
     */
    static SSLSocketFactory sockets(String variable, String file) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate certificate : read(variable, file)) {
                trusted.setCertificateEntry("ca-" + trusted.size(), certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new BadConfigurationException(variable + ": the certificates of '" + file + "' cannot be used", e);
        }
    }

    private static Collection<? extends Certificate> read(String variable, String file) {
        try (InputStream pem = Files.newInputStream(Path.of(file))) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(pem);
            if (!certificates.isEmpty()) {
                return certificates;
            }
        } catch (IOException | InvalidPathException e) {
            throw new BadConfigurationException(variable + ": '" + file + "' cannot be read", e);
        } catch (CertificateException e) {
            throw new BadConfigurationException(variable + ": '" + file + "' is not a PEM file of certificates", e);
        }
        throw new BadConfigurationException(variable + ": '" + file + "' holds no certificate");
    }
}
