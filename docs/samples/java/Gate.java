// A gate that asks the terminal agent over HTTP. Java 11 or later, no library.
//
//     ecard-terminal serve --state DIR --port 7410
//     javac Gate.java && java Gate 7410 < scanner
//
// 每读一行问一次；放行才开闸；闸门没有打开就告诉终端服务。One question for each line; what did not open is told.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class Gate {
    private static final Pattern ACCEPTED = Pattern.compile("^\\{\"verdict\":\"accepted\"");
    private static final Pattern SEQ = Pattern.compile("\"seq\":([0-9]+)\\}$");

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build();
    private final String agent;

    private Gate(int port) {
        agent = "http://127.0.0.1:" + port;
    }

    public static void main(String[] arguments) throws Exception {
        Gate gate = new Gate(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7410);
        BufferedReader scanner = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String text = scanner.readLine(); text != null; text = scanner.readLine()) {
            String answer = gate.ask("/v1/verify", "{\"text\":" + quoted(text) + "}");
            boolean opens = ACCEPTED.matcher(answer).find();
            out.println((opens ? "OPEN " : "STAY ") + answer);
            Matcher seq = SEQ.matcher(answer);
            if (opens && !open() && seq.find()) {
                gate.ask("/v1/passage", "{\"seq\":" + seq.group(1) + ",\"opened\":false}");
            }
        }
    }

    /** Here the motor turns; true when the gate has opened. */
    private static boolean open() {
        return true;
    }

    private String ask(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(agent + path))
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)).body();
    }

    /** A JSON string: whatever a scanner reads, it ends no string of ours. */
    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char sign : text.toCharArray()) {
            if (sign == '"' || sign == '\\' || sign < ' ') {
                json.append(String.format("\\u%04x", (int) sign));
            } else {
                json.append(sign);
            }
        }
        return json.append('"').toString();
    }
}
