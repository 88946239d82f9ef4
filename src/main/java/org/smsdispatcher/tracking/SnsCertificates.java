package org.smsdispatcher.tracking;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates SNS signs with, each fetched once a function instance.
 *
 * <p>What makes one trusted is where it comes from: HTTPS, to a host that {@link SnsWebhook} derived from our own settings. The file
 * holds a leaf alone, so there is no chain to build; its dates and its key are checked.
 */
public final class SnsCertificates {

    private static final Logger LOG = LoggerFactory.getLogger(SnsCertificates.class);

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration ANSWER = Duration.ofSeconds(4);
    private static final int MAX_BYTES = 16 * 1024;
    private static final int MIN_KEY_BITS = 2_048;
    /** SNS changes its certificate about once a year. */
    private static final int MAX_CACHED = 16;

    private final Map<URI, X509Certificate> cached = new ConcurrentHashMap<>();
    private final Function<URI, byte[]> fetch;

    /** @param fetch answers with the file, or throws {@link UncheckedIOException} */
    public SnsCertificates(Function<URI, byte[]> fetch) {
        this.fetch = fetch;
    }

    /** Certificates by HTTPS. Redirects are not followed: they would lead away from the host that was checked. */
    public static SnsCertificates overHttps() {
        return new SnsCertificates(SnsCertificates::get);
    }

    private static byte[] get(URI url) {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        try {
            HttpResponse<InputStream> answer =
                    client.send(HttpRequest.newBuilder(url).timeout(ANSWER).build(), BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                if (answer.statusCode() == 200) {
                    return body.readNBytes(MAX_BYTES);
                }
            }
            throw new IOException("status " + answer.statusCode());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    /**
     * The key of a certificate.
     *
     * @param url checked already
     * @throws WebhookRefusedException 403 when the certificate is none, or not valid then; 503 when it could not be fetched
     */
    public PublicKey key(URI url, Instant now) {
        X509Certificate certificate = cached.get(url);
        if (certificate == null) {
            certificate = read(url);
            if (cached.size() >= MAX_CACHED) {
                cached.clear();
            }
            cached.put(url, certificate);
        }
        try {
            certificate.checkValidity(Date.from(now));
        } catch (CertificateException e) {
            throw new WebhookRefusedException(403, "its certificate is not valid now");
        }
        return certificate.getPublicKey();
    }

    private X509Certificate read(URI url) {
        byte[] file;
        try {
            file = fetch.apply(url);
        } catch (UncheckedIOException e) {
            LOG.warn("SNS's certificate could not be fetched from {}: {}", url, e.getMessage());
            throw new WebhookRefusedException(503, "its certificate could not be fetched");
        }
        try {
            if (CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(file))
                            instanceof X509Certificate certificate
                    && certificate.getPublicKey() instanceof RSAPublicKey key
                    && key.getModulus().bitLength() >= MIN_KEY_BITS) {
                return certificate;
            }
        } catch (CertificateException e) {
            // said below
        }
        throw new WebhookRefusedException(403, "its certificate is none, or has a weak key");
    }
}
