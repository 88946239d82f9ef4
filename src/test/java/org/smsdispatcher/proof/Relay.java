package org.smsdispatcher.proof;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.smsdispatcher.local.LocalServers;

/**
 * A TCP relay on 127.0.0.1 that breaks on demand. One before PostgreSQL reads the protocol along, and can lose the answer to a statement
 * that was committed: the one failure after which nobody but the database knows what happened.
 *
 * @see <a href="https://www.postgresql.org/docs/17/protocol-message-formats.html">Message formats</a>
 */
final class Relay implements AutoCloseable {

    /** The statements whose answer can be lost, each with words that no other statement has. */
    static final Map<String, String> STATEMENTS = statements();

    private static final String OTHER = "other";
    /** How what was lost is counted. */
    static final String LOST = "answer lost after COMMIT: ";

    private final int target;
    private final boolean isPostgres;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicReference<String> doomed = new AtomicReference<>();
    private final Counts counts;
    private volatile ServerSocket listener;

    private Relay(int target, boolean isPostgres, Counts counts) throws IOException {
        this.target = target;
        this.isPostgres = isPostgres;
        this.counts = counts;
        this.listener = listen(LocalServers.freePort());
        this.port = listener.getLocalPort();
        accept(listener);
    }

    private static Map<String, String> statements() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("claim", "candidate AS MATERIALIZED");
        words.put("arm", "INSERT INTO sms_records");
        words.put("settle", "a.record_id AND r.contact_id = c.id");
        words.put("unarm", "removed AS (");
        words.put("fail", "JOIN lost ON");
        words.put("release", "SELECT held.id, EXISTS (SELECT 1 FROM other o");
        words.put("reap", "LIMIT 500");
        words.put("take-over", "expired.record_id, expired.message");
        words.put("finish-screened", "AS s(contact_id, outcome, reason)");
        return words;
    }

    /** A relay that knows PostgreSQL's protocol. */
    static Relay toPostgres(int target, Counts counts) throws IOException {
        return new Relay(target, true, counts);
    }

    /** A relay that knows nothing. */
    static Relay to(int target) throws IOException {
        return new Relay(target, false, new Counts());
    }

    int port() {
        return port;
    }

    /** The next answer to that statement, once committed, is lost with its connection. */
    void loseAnswerTo(String statement) {
        doomed.set(statement);
    }

    /** Connections are refused from now on, and those that are open cut. */
    void refuse() throws IOException {
        listener.close();
        open.forEach(Relay::cut);
    }

    /** Connections are taken again. */
    void take() throws IOException {
        listener = listen(port);
        accept(listener);
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 256);
        return socket;
    }

    private void accept(ServerSocket from) {
        start("relay", () -> {
            while (true) {
                relay(from.accept());
            }
        });
    }

    @FunctionalInterface
    private interface Pump {
        void run() throws IOException;
    }

    private static void start(String name, Pump pump) {
        Thread thread = new Thread(
                () -> {
                    try {
                        pump.run();
                    } catch (IOException closed) {
                        // what this is for
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private void relay(Socket client) {
        open.add(client);
        start("relay-connection", () -> {
            try (client;
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                open.add(server);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                if (isPostgres) {
                    Conversation conversation = new Conversation(client, server);
                    pump(client, server, conversation::passRequests, conversation::passAnswers);
                } else {
                    pump(client, server, () -> copy(client, server), () -> copy(server, client));
                }
            } finally {
                open.remove(client);
            }
        });
    }

    /** Both directions; the end of one is the end of the connection. */
    private void pump(Socket client, Socket server, Pump requests, Pump answers) throws IOException {
        start("relay-back", () -> pump(client, server, answers));
        pump(client, server, requests);
    }

    private void pump(Socket client, Socket server, Pump direction) throws IOException {
        try {
            direction.run();
        } finally {
            cut(client);
            cut(server);
            open.remove(server);
        }
    }

    private static void copy(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
        }
    }

    private static void cut(Socket socket) {
        try {
            // a reset, not an orderly end
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException gone) {
            // closed by its other end meanwhile
        }
    }

    /** One connection to PostgreSQL. */
    private final class Conversation {

        private final Socket client;
        private final Socket server;
        private final Map<String, String> prepared = new ConcurrentHashMap<>();
        private volatile String current = OTHER;

        Conversation(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void passRequests() throws IOException {
            DataInputStream in = new DataInputStream(client.getInputStream());
            OutputStream out = server.getOutputStream();
            byte[] greeting = greeting(in);
            writeInt(out, greeting.length + 4);
            out.write(greeting);
            byte[] buffer = new byte[1 << 16];
            int held = 0;
            while (true) {
                int read = in.read(buffer, held, buffer.length - held);
                if (read < 0) {
                    return;
                }
                held += read;
                int whole = noteWhole(buffer, held);
                out.write(buffer, 0, whole);
                System.arraycopy(buffer, whole, buffer, 0, held - whole);
                held -= whole;
                buffer = held == buffer.length ? Arrays.copyOf(buffer, held * 2) : buffer;
            }
        }

        /** What the client begins with, once it knows that nothing is encrypted here. */
        private byte[] greeting(DataInputStream in) throws IOException {
            byte[] greeting = in.readNBytes(in.readInt() - 4);
            while (isAskingForEncryption(greeting)) {
                client.getOutputStream().write('N');
                greeting = in.readNBytes(in.readInt() - 4);
            }
            return greeting;
        }

        /** SSLRequest and GSSENCRequest; what is encrypted could not be read along. */
        private boolean isAskingForEncryption(byte[] greeting) {
            return greeting.length == 4 && (intAt(greeting, 0) == 80877103 || intAt(greeting, 0) == 80877104);
        }

        /** Reads the messages that are there as a whole; how many bytes they are. */
        private int noteWhole(byte[] buffer, int held) {
            int at = 0;
            while (held - at >= 5) {
                int length = 1 + intAt(buffer, at + 1);
                if (held - at < length) {
                    break;
                }
                note((char) buffer[at], buffer, at + 5);
                at += length;
            }
            return at;
        }

        private void note(char type, byte[] buffer, int from) {
            if (type == 'P') {
                String name = text(buffer, from);
                String sql = text(buffer, from + name.getBytes(StandardCharsets.UTF_8).length + 1);
                prepared.put(name, statementOf(sql));
            } else if (type == 'B') {
                String portal = text(buffer, from);
                String name = text(buffer, from + portal.getBytes(StandardCharsets.UTF_8).length + 1);
                current = prepared.getOrDefault(name, OTHER);
            }
        }

        void passAnswers() throws IOException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream(), 1 << 16));
            OutputStream out = new BufferedOutputStream(client.getOutputStream(), 1 << 16);
            boolean done = false;
            boolean failed = false;
            while (true) {
                int type = in.read();
                if (type < 0) {
                    throw new EOFException();
                }
                int length = in.readInt();
                byte[] body = in.readNBytes(length - 4);
                done |= type == 'C';
                failed |= type == 'E';
                if (type == 'Z') {
                    if (done && !failed && body[0] == 'I' && doomed.compareAndSet(current, null)) {
                        counts.count(LOST + current);
                        return;
                    }
                    done = false;
                    failed = false;
                }
                out.write(type);
                writeInt(out, length);
                out.write(body);
                // an answer is passed on as a whole, so that it can be lost as a whole; a log-in is a dialogue
                if (type == 'Z' || type == 'R' || type == 'E') {
                    out.flush();
                }
            }
        }
    }

    private static String statementOf(String sql) {
        return STATEMENTS.entrySet().stream()
                .filter(each -> sql.contains(each.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(OTHER);
    }

    private static String text(byte[] buffer, int from) {
        int end = from;
        while (buffer[end] != 0) {
            end++;
        }
        return new String(buffer, from, end - from, StandardCharsets.UTF_8);
    }

    private static int intAt(byte[] buffer, int at) {
        return (buffer[at] & 0xff) << 24
                | (buffer[at + 1] & 0xff) << 16
                | (buffer[at + 2] & 0xff) << 8
                | (buffer[at + 3] & 0xff);
    }

    private static void writeInt(OutputStream out, int value) throws IOException {
        out.write(new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value});
    }

    @Override
    public void close() throws IOException {
        refuse();
    }
}
