package org.smsdispatcher.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Requests by curl, or by the JDK's client where there is no curl. Redirects are not followed. */
final class Curl {

    private Curl() {}

    /** @param headers by lower-case name */
    record Response(int status, Map<String, String> headers, String body) {}

    static Response request(String method, String url, Map<String, String> headers, String body) {
        try {
            return byCurl(method, url, headers, body);
        } catch (IOException noCurl) {
            return byTheJdk(method, url, headers, body);
        }
    }

    private static Response byCurl(String method, String url, Map<String, String> headers, String body)
            throws IOException {
        List<String> command = new ArrayList<>(
                List.of("curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--path-as-is"));
        command.addAll(method.equals("HEAD") ? List.of("--head") : List.of("--include", "--request", method));
        headers.forEach((name, value) -> command.addAll(List.of("--header", name + ": " + value)));
        if (!body.isEmpty()) {
            command.addAll(List.of("--data-binary", "@-"));
        }
        command.add(url);
        Process curl = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (OutputStream in = curl.getOutputStream()) {
            in.write(body.getBytes(UTF_8));
        }
        String answer = new String(curl.getInputStream().readAllBytes(), UTF_8);
        String[] headAndBody = answer.split("\r\n\r\n", 2);
        List<String> lines = headAndBody[0].lines().toList();
        Map<String, String> found = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] header = line.split(": *", 2);
            found.put(header[0].toLowerCase(Locale.ROOT), header.length > 1 ? header[1] : "");
        }
        return new Response(
                Integer.parseInt(lines.get(0).split(" ", 3)[1]), found, headAndBody.length > 1 ? headAndBody[1] : "");
    }

    private static Response byTheJdk(String method, String url, Map<String, String> headers, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try {
            HttpResponse<String> response =
                    HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
            Map<String, String> found = new TreeMap<>();
            response.headers().map().forEach((name, values) -> found.put(name.toLowerCase(Locale.ROOT), values.get(0)));
            return new Response(response.statusCode(), found, response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
