// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Metric;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /debug/*}: what somebody wants to know of a process that does not do as it should. Works on two threads of its own
 * that exist while there is something to do; the process's other threads do not notice, but for the pauses of the virtual
 * machine that heap histogram, collection and dump are. Thread-safe.
 */
final class AdminPages implements ApiEndpoint, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(AdminPages.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int WAITING = 8;

    /**
     * What the pages tell of.
     *
     * @param config what counts at this moment
     * @param metrics the figures
     * @param locks who holds which lock and who waits, one line each
     * @param sizes queues and maps, their bounds and how they grow, one line each
     */
    record Inside(
            Supplier<Config> config,
            Supplier<List<Metric>> metrics,
            Supplier<List<String>> locks,
            Supplier<List<String>> sizes) {}

    /** What a page may throw. */
    private interface Page {
        ApiResponse make(ApiRequest request) throws IOException, InterruptedException;
    }

    private record Entry(String method, String path, String meaning, Page page) {}

    private final Inside inside;
    private final AdminGuard guard;
    private final Profiler profiler = new Profiler();
    private final List<Entry> entries = new ArrayList<>();
    private final ThreadPoolExecutor workers;

    AdminPages(Inside inside, AdminGuard guard) {
        this.inside = inside;
        this.guard = guard;
        workers = new ThreadPoolExecutor(2, 2, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), work -> {
            Thread thread = new Thread(work, "admin");
            thread.setDaemon(true);
            return thread;
        });
        workers.allowCoreThreadTimeOut(true);
        add(
                "GET",
                "/debug/threads",
                "every thread with its stack, busiest first; deadlocks on top",
                r -> text(Diagnostics.threads()));
        add(
                "GET",
                "/debug/histogram",
                "objects by class; ?limit=100, ?live=true collects garbage first; stops the" + " process for a moment",
                this::histogram);
        add(
                "GET",
                "/debug/locks",
                "who holds which lock, who waits (diag.lock-limit turns tracing on)",
                r -> text(Diagnostics.deadlocks() + lines(inside.locks().get())));
        add(
                "GET",
                "/debug/memory",
                "heap, buffers, and every queue and map with its bound and growth",
                r -> text(Diagnostics.memory() + "\n" + lines(inside.sizes().get())));
        add("GET", "/debug/vars", "process, runtime and all figures as JSON", r -> json(vars()));
        add(
                "GET",
                "/debug/config",
                "what counts, and where it comes from; secrets are masked",
                r -> text(lines(ConfigPrinter.effective(inside.config().get()))));
        add(
                "GET",
                "/debug/profile",
                "a flight recording; ?seconds=30 (1 to " + Profiler.MOST_SECONDS + ");"
                        + " open it with JDK Mission Control or jfr",
                this::profile);
        add("GET", "/debug/loglevel", "what is logged, by logger", r -> json(Logging.levels()));
        add(
                "PUT",
                "/debug/loglevel",
                "changes it until the next start; ?level=debug&logger=io.cdnrefresh.engine;"
                        + " level=inherit undoes it",
                this::setLevel);
        add(
                "POST",
                "/debug/gc",
                "collects garbage and gives memory back to the system; SIGUSR1 does it, too",
                r -> text(Diagnostics.giveBack()));
        add("POST", "/debug/dump", "writes the heap to a file on this host; only with admin.heap-dump", this::dump);
    }

    private void add(String method, String path, String meaning, Page page) {
        entries.add(new Entry(method, path, meaning, page));
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        AdminGuard.Refusal refusal = guard.check(request);
        if (refusal != null) {
            responder.respond(problem(refusal.status(), refusal.why()));
            return;
        }
        String path = request.path();
        if (path.equals("/") || path.equals("/debug") || path.equals("/debug/")) {
            responder.respond(index(request));
            return;
        }
        Entry entry = null;
        boolean isThere = false;
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        for (Entry each : entries) {
            isThere |= each.path.equals(path);
            entry = each.path.equals(path) && each.method.equals(method) ? each : entry;
        }
        if (entry == null) {
            responder.respond(problem(isThere ? 405 : 404, isThere ? "another method" : "see /debug"));
            return;
        }
        run(entry, request, responder);
    }

    private void run(Entry entry, ApiRequest request, ApiResponder responder) {
        try {
            workers.execute(() -> responder.respond(make(entry, request)));
        } catch (RejectedExecutionException full) {
            responder.respond(problem(503, "too much is asked at once; try again"));
        }
    }

    private static ApiResponse make(Entry entry, ApiRequest request) {
        try {
            return entry.page.make(request);
        } catch (IllegalArgumentException wrong) {
            return problem(400, String.valueOf(wrong.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return problem(503, "the process ends");
        } catch (IOException | RuntimeException e) {
            logger.warn("diagnostics failed path={}", entry.path, e);
            return problem(500, String.valueOf(e.getMessage()));
        }
    }

    private ApiResponse index(ApiRequest request) {
        String accepted = request.header("Accept");
        StringBuilder out = new StringBuilder();
        if (accepted == null || !accepted.contains("text/html")) {
            out.append(Version.line()).append("\n\n");
            entries.forEach(entry -> out.append("%-4s %-18s %s%n".formatted(entry.method, entry.path, entry.meaning)));
            return text(out.toString());
        }
        out.append("<!doctype html><meta charset=utf-8><meta name=viewport"
                + " content='width=device-width'><title>debug</title><style>body{font:16px"
                + " system-ui;margin:2em;color-scheme:light dark}td{padding:.3em 1em .3em 0;"
                + "vertical-align:top}</style><h1>");
        out.append(Version.line()).append("</h1><table>");
        for (Entry entry : entries) {
            out.append("<tr><td><code>").append(entry.method).append("</code><td>");
            out.append(entry.method.equals("GET") ? "<a href='%1$s'>%1$s</a>".formatted(entry.path) : entry.path);
            out.append("<td>").append(entry.meaning.replace("&", "&amp;"));
        }
        return new ApiResponse(
                200,
                "text/html; charset=utf-8",
                List.of("Cache-Control", "no-store"),
                out.append("</table>").toString().getBytes(StandardCharsets.UTF_8));
    }

    private ApiResponse histogram(ApiRequest request) {
        boolean isLive = "true".equals(parameter(request, "live"));
        return text(Diagnostics.histogram(isLive, number(request, "limit", 100, 1, 10_000)));
    }

    private ApiResponse profile(ApiRequest request) throws IOException, InterruptedException {
        int seconds = number(request, "seconds", 30, 1, Profiler.MOST_SECONDS);
        if (!profiler.tryBegin()) {
            return problem(409, "a recording is under way");
        }
        byte[] recording = profiler.record(seconds);
        String name =
                "attachment; filename=\"refresh-" + ProcessHandle.current().pid() + ".jfr\"";
        return new ApiResponse(200, "application/octet-stream", List.of("Content-Disposition", name), recording);
    }

    private ApiResponse setLevel(ApiRequest request) {
        String level = parameter(request, "level");
        String name = parameter(request, "logger");
        Logging.setLevel(name == null ? "root" : name, level == null ? "" : level);
        logger.warn("log level changed logger={} level={} by={}", name, level, request.remote());
        return json(Logging.levels());
    }

    private ApiResponse dump(ApiRequest request) throws IOException {
        Config config = inside.config().get();
        if (!config.flag("admin.heap-dump")) {
            return problem(403, "admin.heap-dump = true allows it: the file holds every secret of the process");
        }
        Path folder = Files.createDirectories(Path.of(config.text("admin.dump-folder")));
        Path file = folder.resolve(
                "refresh-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis() + ".hprof");
        logger.warn("heap dump begins file={} by={}", file, request.remote());
        Diagnostics.dump(file);
        return text(file.toAbsolutePath() + " " + (Files.size(file) >> 20) + " MiB\n");
    }

    private Map<String, @Nullable Object> vars() {
        Map<String, @Nullable Object> vars = new LinkedHashMap<>();
        var runtime = ManagementFactory.getRuntimeMXBean();
        vars.put("version", Version.line());
        vars.put("pid", runtime.getPid());
        vars.put("uptimeSeconds", runtime.getUptime() / 1_000);
        vars.put("java", runtime.getVmName() + " " + runtime.getVmVersion());
        vars.put(
                "arguments",
                runtime.getInputArguments().stream().map(ConfigPrinter::masked).toList());
        vars.put("processors", Runtime.getRuntime().availableProcessors());
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        for (Metric metric : inside.metrics().get()) {
            for (Metric.Sample sample : metric.samples()) {
                List<String> labels = sample.labels();
                StringBuilder name = new StringBuilder(metric.name()).append(sample.suffix());
                for (int i = 0; i < labels.size(); i += 2) {
                    name.append(i == 0 ? '{' : ',')
                            .append(labels.get(i))
                            .append('=')
                            .append(labels.get(i + 1));
                }
                figures.put(name.append(labels.isEmpty() ? "" : "}").toString(), sample.value());
            }
        }
        vars.put("figures", figures);
        return vars;
    }

    private static int number(ApiRequest request, String name, int fallback, int least, int most) {
        String text = parameter(request, name);
        if (text == null) {
            return fallback;
        }
        if (!text.matches("\\d{1,6}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(name + ": " + text + " (expected: " + least + ".." + most + ")");
        }
        return Integer.parseInt(text);
    }

    private static @Nullable String parameter(ApiRequest request, String name) {
        for (String pair : request.query().split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    private static String lines(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    private static ApiResponse text(String body) {
        return new ApiResponse(200, TEXT, List.of("Cache-Control", "no-store"), body.getBytes(StandardCharsets.UTF_8));
    }

    private static ApiResponse json(Object value) {
        return new ApiResponse(
                200,
                "application/json",
                List.of("Cache-Control", "no-store"),
                Json.write(value).getBytes(StandardCharsets.UTF_8));
    }

    private static ApiResponse problem(int status, String detail) {
        Map<String, @Nullable Object> problem = new LinkedHashMap<>();
        problem.put("status", status);
        problem.put("detail", detail);
        List<String> headers = status == 401 ? List.of("WWW-Authenticate", "Bearer") : List.of();
        return new ApiResponse(
                status, "application/problem+json", headers, Json.write(problem).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
