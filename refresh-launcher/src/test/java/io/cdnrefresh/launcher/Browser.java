// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A real Chromium without a window and one page in it, driven by its DevTools protocol. One thread at a time. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(Long.getLong("refresh.patience", 60));
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");

    /** What went wrong on the page: errors on the console, scripts that threw. */
    final List<String> troubles = new CopyOnWriteArrayList<>();
    /** Every address that was asked for. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private final Path profile;
    private final Process process;
    private final Thread atExit;
    private final WebSocket socket;
    private final String session;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Long, CompletableFuture<Message>> calls = new ConcurrentHashMap<>();

    private Browser(String program) throws IOException {
        profile = Files.createTempDirectory("page-browser");
        process = new ProcessBuilder(
                        program,
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-extensions",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        atExit = new Thread(process::destroyForcibly, "browser-kill");
        Runtime.getRuntime().addShutdownHook(atExit);
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address(), new Messages())
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        Object target = send(null, "Target.createTarget", Map.<String, Object>of("url", "about:blank"))
                .get("targetId");
        session = String.valueOf(send(
                        null,
                        "Target.attachToTarget",
                        Map.<String, Object>of("targetId", String.valueOf(target), "flatten", true))
                .get("sessionId"));
        for (String domain : List.of("Runtime", "Page", "Network", "Log")) {
            call(domain + ".enable", Map.of());
        }
        size(1440, 900, false);
    }

    /** The program, if it is installed. */
    static @Nullable String program() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
    }

    static Browser start() {
        String program = program();
        if (program == null) {
            throw new IllegalStateException("chromium is not installed");
        }
        try {
            return new Browser(program);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private URI address() throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher found = LISTENING.matcher(line);
            if (found.find()) {
                Thread drain = new Thread(() -> lines.lines().forEach(any -> {}), "browser-log");
                drain.setDaemon(true);
                drain.start();
                return URI.create(found.group(1));
            }
        }
        throw new IOException("chromium ended before it listened");
    }

    private final class Messages implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                Map<String, ?> message = Json.object(text.toString().getBytes(StandardCharsets.UTF_8));
                text.setLength(0);
                heard(message);
            }
            from.request(1);
            return null;
        }
    }

    private void heard(Map<String, ?> message) {
        if (message.get("id") instanceof Long id) {
            CompletableFuture<Message> waiting = calls.remove(id);
            if (waiting != null) {
                waiting.complete(new Message(message));
            }
            return;
        }
        Map<String, ?> params = object(message.get("params"));
        switch (String.valueOf(message.get("method"))) {
            case "Runtime.exceptionThrown" -> troubles.add(Json.write(params));
            case "Runtime.consoleAPICalled" -> {
                if ("error".equals(params.get("type")) || "warning".equals(params.get("type"))) {
                    troubles.add(Json.write(params.get("args")));
                }
            }
            case "Log.entryAdded" -> {
                Map<String, ?> entry = object(params.get("entry"));
                if ("error".equals(entry.get("level")) || "warning".equals(entry.get("level"))) {
                    troubles.add(entry.get("text") + " " + entry.get("url"));
                }
            }
            case "Network.requestWillBeSent" ->
                requests.add(String.valueOf(object(params.get("request")).get("url")));
            default -> {}
        }
    }

    private static Map<String, ?> object(@Nullable Object value) {
        return Json.map(value);
    }

    /** One message of the browser. */
    private record Message(Map<String, ?> fields) {}

    private Map<String, ?> send(@Nullable String to, String method, Map<String, ?> params) {
        long id = ids.incrementAndGet();
        CompletableFuture<Message> answer = new CompletableFuture<>();
        calls.put(id, answer);
        Map<String, Object> message =
                new java.util.LinkedHashMap<>(Map.<String, Object>of("id", id, "method", method, "params", params));
        if (to != null) {
            message.put("sessionId", to);
        }
        socket.sendText(Json.write(message), true).join();
        Map<String, ?> reply =
                answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join().fields;
        if (reply.containsKey("error")) {
            throw new IllegalStateException(method + ": " + Json.write(reply.get("error")));
        }
        return object(reply.get("result"));
    }

    private Map<String, ?> call(String method, Map<String, ?> params) {
        return send(session, method, params);
    }

    /** Goes to an address. */
    void open(String url) {
        call("Page.navigate", Map.<String, Object>of("url", url));
        awaitTrue("document.readyState === 'complete'");
    }

    /** What an expression gives; a promise is waited for. */
    @Nullable
    Object run(String script) {
        Map<String, ?> answer = call(
                "Runtime.evaluate",
                Map.<String, Object>of("expression", script, "returnByValue", true, "awaitPromise", true));
        if (answer.containsKey("exceptionDetails")) {
            throw new IllegalStateException(script + ": " + Json.write(answer.get("exceptionDetails")));
        }
        return object(answer.get("result")).get("value");
    }

    /** Waits until an expression is true. */
    void awaitTrue(String script) {
        Awaitility.await(script)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> Boolean.TRUE.equals(run("Boolean(" + script + ")")));
    }

    /** The text of the first element that fits. */
    String text(String selector) {
        return String.valueOf(run("document.querySelector(" + Json.write(selector) + ")?.innerText ?? ''"));
    }

    /** Waits for an element and clicks it. */
    void click(String selector) {
        String quoted = Json.write(selector);
        awaitTrue("document.querySelector(" + quoted + ")");
        run("document.querySelector(" + quoted + ").click()");
    }

    /** Waits for a visible button or link of the view, or of the dialog in front of it, with this text and clicks it. */
    void press(String text) {
        String find = "[...(document.querySelector('dialog[open]') ?? document.querySelector('main'))"
                + ".querySelectorAll('button, a')].find(e => e.innerText.trim() === " + Json.write(text)
                + " && e.offsetParent && !e.disabled)";
        awaitTrue(find);
        run(find + ".click()");
    }

    /** Types into a field, as far as its scripts can tell. */
    void type(String selector, String text) {
        String quoted = Json.write(selector);
        awaitTrue("document.querySelector(" + quoted + ")");
        run("{ const e = document.querySelector(" + quoted + "); e.focus(); e.value = " + Json.write(text)
                + "; e.dispatchEvent(new Event('input', {bubbles: true}));"
                + " e.dispatchEvent(new Event('change', {bubbles: true})); }");
    }

    /** A key of the keyboard, as a person presses it. */
    void key(String name) {
        call(
                "Input.dispatchKeyEvent",
                Map.<String, Object>of(
                        "type", "keyDown", "key", name, "code", name, "windowsVirtualKeyCode", code(name)));
        call(
                "Input.dispatchKeyEvent",
                Map.<String, Object>of(
                        "type", "keyUp", "key", name, "code", name, "windowsVirtualKeyCode", code(name)));
    }

    private static int code(String key) {
        return switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case "End" -> 35;
            case "ArrowDown" -> 40;
            default -> throw new IllegalArgumentException("key: " + key);
        };
    }

    /** The size of the window. */
    void size(int width, int height, boolean isPhone) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.<String, Object>of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", isPhone));
    }

    /** What the system's colours are: light or dark. */
    void colours(String scheme) {
        call(
                "Emulation.setEmulatedMedia",
                Map.<String, Object>of(
                        "features", List.of(Map.<String, Object>of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** A picture of the window. */
    byte[] picture() {
        Object data = call("Page.captureScreenshot", Map.<String, Object>of("format", "png"))
                .get("data");
        return Base64.getDecoder().decode(String.valueOf(data));
    }

    /** Addresses that were asked for and do not begin so. */
    List<String> requestsBeside(String url) {
        List<String> beside = new ArrayList<>(requests);
        beside.removeIf(each -> each.startsWith(url + "/") || each.equals("about:blank") || each.startsWith("data:"));
        return beside;
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
        delete();
    }

    private void delete() {
        try (Stream<Path> all = Files.walk(profile)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // the system's temporary folder is cleaned by others
        }
    }
}
