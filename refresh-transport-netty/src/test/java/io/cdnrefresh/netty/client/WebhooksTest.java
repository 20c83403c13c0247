// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackStore.Filter;
import io.cdnrefresh.spi.RegistryChange.DeviceSeen;
import io.cdnrefresh.spi.WebhookSecret;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Webhooks from an engine through real sockets to a receiver. */
class WebhooksTest {
    private static final NettyLoops loops = NettyLoops.create();
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final Duration TIMEOUT = Duration.ofMillis(700);

    private final MemoryStore store = new MemoryStore();
    private final List<Alert> alerts = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicInteger lookups = new AtomicInteger();
    /** What names resolve to, by turns; the last one stays. */
    private volatile List<String> addresses = List.of("127.0.0.1");

    private final WebhookReceiver receiver = opened(new WebhookReceiver());

    @BeforeEach
    void registerDevice() {
        store.apply(List.of(new DeviceSeen("node-1", "edge-eu", "edge", "1", DeviceState.ONLINE, Instant.now())));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @AfterAll
    static void stopLoops() {
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.add(part);
        return part;
    }

    private RefreshEngine engine(int id, String... networks) {
        return engine(id, Duration.ofHours(24), networks);
    }

    private RefreshEngine engine(int id, Duration retryFor, String... networks) {
        HttpClient client = opened(HttpClient.builder()
                .loops(loops)
                .addresses(AddressRules.allowing(List.of(networks)))
                .lookup(this::address)
                .connectTimeout(TIMEOUT)
                .build());
        CallbackOptions options =
                new CallbackOptions(SECRET, retryFor, Duration.ofMillis(20), Duration.ofMillis(100), TIMEOUT, 2);
        RefreshEngine engine = opened(RefreshEngine.builder()
                .store(store)
                .coordinator(opened(LocalCoordinator.builder().build()))
                .callbacks(new WebhookCalls(client, TIMEOUT), options)
                .alertSink(alerts::add)
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(id))
                        .owner("test")
                        .queueCapacity(1024)
                        .build())
                .build());
        engine.start();
        return engine;
    }

    private InetAddress address(String name) throws UnknownHostException {
        int turn = lookups.getAndIncrement();
        return InetAddress.getByName(addresses.get(Math.min(turn, addresses.size() - 1)));
    }

    /** A task that is withdrawn at once: it has ended. */
    private static TaskId submit(RefreshEngine engine, String tenant, String callback) {
        TaskId id = submitOnly(engine, tenant, callback);
        engine.api().onRequest(new Cancel(id), answer -> {});
        return id;
    }

    private record Cancel(TaskId id) implements ApiRequest {
        @Override
        public String method() {
            return "DELETE";
        }

        @Override
        public String path() {
            return "/v1/engine/task/" + id;
        }

        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }

        @Override
        public String remote() {
            return "test";
        }
    }

    /** A task that nobody does: it ends after its second. */
    private static TaskId submitOnly(RefreshEngine engine, String tenant, String callback) {
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .deadline(Duration.ofSeconds(1))
                .callback(callback)
                .labels(Map.of("release", "42"))
                .build();
        RefreshTask purge = RefreshTask.purge("http://a.test/x.css");
        return engine.submit(new RefreshTask(purge.kind(), purge.targets(), options, tenant, purge.trace()))
                .id();
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptions();
    }

    private List<CallbackRow> rows(TaskId id) {
        return store.callbacks().list(new Filter(id, null, null, 10));
    }

    private void awaitState(TaskId id, State state) {
        await().until(() -> rows(id).get(0).state() == state);
    }

    @Test
    void taskEnds_receiverVerifiesTheSignature() {
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submitOnly(engine, "", receiver.url("/hook?key=1"));
        awaitState(id, State.DELIVERED);
        WebhookReceiver.Got got = receiver.got.get(0);
        assertThat(got.path()).isEqualTo("/hook?key=1");
        assertThat(got.id()).isEqualTo("msg_" + id + "_final");
        assertThat(got.isSignedBy(SECRET)).isTrue();
        assertThat(got.isSignedBy("whsec_" + "A".repeat(32))).isFalse();
        assertThat(Math.abs(Instant.now().getEpochSecond() - Long.parseLong(got.timestamp())))
                .isLessThan(300);
        assertThat(got.body())
                .startsWith("{\"type\":\"task.final\",")
                .contains("\"id\":\"" + id + "\"", "\"state\":\"FAILED\"", "\"labels\":{\"release\":\"42\"}")
                .contains("\"exceptions\":[{\"group\":\"edge-eu\",\"device\":\"node-1\",\"outcome\":\"TIMEOUT\"}]");
    }

    @Test
    void tenantsTask_isSignedByItsOwnSecretsAndNamesNoNodes() {
        WebhookSecret first = WebhookSecret.random("shop", Instant.now());
        WebhookSecret second = WebhookSecret.random("shop", Instant.now());
        store.callbacks().rotate(first, Instant.now());
        store.callbacks().rotate(second, Instant.now().plusSeconds(600));
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "shop", receiver.url("/"));
        awaitState(id, State.DELIVERED);
        WebhookReceiver.Got got = receiver.got.get(0);
        assertThat(got.isSignedBy(first.value()))
                .as("the older one, until it ends")
                .isTrue();
        assertThat(got.isSignedBy(second.value())).isTrue();
        assertThat(got.isSignedBy(SECRET)).as("the platform's").isFalse();
        assertThat(got.body()).contains("edge-eu").doesNotContain("node-1");
    }

    @Test
    void receiverFails_isAskedAgainWithTheSameId() {
        AtomicInteger count = new AtomicInteger();
        receiver.answering((exchange, got) -> WebhookReceiver.status(
                exchange, got.id().endsWith("_final") && count.incrementAndGet() < 4 ? 500 : 200));
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "", receiver.url("/"));
        awaitState(id, State.DELIVERED);
        assertThat(receiver.got)
                .filteredOn(got -> got.id().equals("msg_" + id + "_final"))
                .hasSize(4);
        assertThat(rows(id).get(0).history()).extracting("status").containsExactly(500, 500, 500, 200);
    }

    @Test
    void receiverHangs_othersAreToldMeanwhile() {
        WebhookReceiver slow = opened(new WebhookReceiver());
        slow.answering((exchange, got) -> slow.hang(exchange));
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        List<TaskId> stuck = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            stuck.add(submit(engine, "", slow.url("/")));
        }
        TaskId quick = submit(engine, "", receiver.url("/"));
        awaitState(quick, State.DELIVERED);
        assertThat(stuck)
                .allSatisfy(id -> assertThat(rows(id))
                        .allSatisfy(row -> assertThat(row.state()).isEqualTo(State.PENDING)));
        await().untilAsserted(() -> assertThat(stuck.stream().flatMap(id -> rows(id).stream()))
                .anySatisfy(row -> assertThat(row.history().get(0).error()).contains("no whole answer")));
        await().untilAsserted(() -> assertThat(alerts).extracting(Alert::name).contains("callback-failing"));
    }

    @Test
    void receiverSaysGone_endsIt() {
        receiver.answering((exchange, got) -> WebhookReceiver.status(exchange, 410));
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "", receiver.url("/"));
        awaitState(id, State.GONE);
        assertThat(rows(id).get(0).attempts()).isEqualTo(1);
    }

    @Test
    void answerIsLong_isNotReadButCounts() {
        receiver.answering((exchange, got) -> {
            exchange.sendResponseHeaders(200, 0);
            try (var out = exchange.getResponseBody()) {
                out.write(new byte[1 << 20]);
            }
        });
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "", receiver.url("/"));
        awaitState(id, State.DELIVERED);
        assertThat(rows(id).get(0).history()).extracting("status").containsExactly(200);
    }

    @Test
    void addressIsNotPublic_isNeverConnectedTo() {
        RefreshEngine engine = engine(1, Duration.ofSeconds(1));
        TaskId id = submit(engine, "", receiver.url("/"));
        awaitState(id, State.DEAD);
        assertThat(rows(id).get(0).history().get(0).error()).contains("ForbiddenAddress");
        assertThat(receiver.got).isEmpty();
        await().untilAsserted(() -> assertThat(alerts).extracting(Alert::name).contains("callback-dead"));
        assertThat(store.callbacks().list(new Filter(null, State.DEAD, null, 10)))
                .as("dead letters")
                .extracting(CallbackRow::task)
                .contains(id);
    }

    @Test
    void nameChangesItsAddress_theOneConnectedToIsChecked() {
        // allowed at the first look, another's at the second: each connection is judged by what it is made to
        addresses = List.of("127.0.0.1", "127.0.0.9");
        receiver.answering((exchange, got) -> {
            exchange.getResponseHeaders().set("Connection", "close");
            WebhookReceiver.status(exchange, 500);
        });
        RefreshEngine engine = engine(1, "127.0.0.1/32");
        TaskId id = submit(engine, "", "http://rebinding.test:" + receiver.port() + "/");
        await().untilAsserted(() -> assertThat(rows(id).get(0).history().stream()
                        .anyMatch(attempt -> attempt.error().contains("ForbiddenAddress")))
                .isTrue());
        assertThat(receiver.got).as("only the first connection").hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void redirectToLoopback_isNotFollowed() {
        WebhookReceiver inside = opened(new WebhookReceiver());
        receiver.answering((exchange, got) -> {
            exchange.getResponseHeaders().set("Location", inside.url("/secret"));
            WebhookReceiver.status(exchange, 307);
        });
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "", receiver.url("/"));
        await().until(() -> rows(id).get(0).attempts() >= 2);
        assertThat(rows(id).get(0).history().get(0).error()).contains("redirect");
        assertThat(inside.got).isEmpty();
    }

    @Test
    void engineEnds_nextLifeDeliversWithTheSameId() {
        receiver.answering((exchange, got) -> WebhookReceiver.status(exchange, 503));
        RefreshEngine first = engine(1, "127.0.0.0/8");
        TaskId id = submit(first, "", receiver.url("/"));
        await().until(() -> rows(id).get(0).attempts() >= 1);
        first.close();
        receiver.answering((exchange, got) -> WebhookReceiver.status(exchange, 200));
        var unused = engine(1, "127.0.0.0/8");
        awaitState(id, State.DELIVERED);
        assertThat(receiver.got).extracting(WebhookReceiver.Got::id).contains("msg_" + id + "_final");
    }

    @Test
    void engineIsGone_anotherDeliversWithTheSameId() {
        receiver.answering((exchange, got) -> WebhookReceiver.status(exchange, 503));
        RefreshEngine first = engine(1, "127.0.0.0/8");
        TaskId id = submit(first, "", receiver.url("/"));
        await().until(() -> rows(id).get(0).attempts() >= 1);
        first.close();
        receiver.answering((exchange, got) -> WebhookReceiver.status(exchange, 200));
        var unused = engine(2, "127.0.0.0/8");
        awaitState(id, State.DELIVERED);
        assertThat(receiver.got).extracting(WebhookReceiver.Got::id).contains("msg_" + id + "_final");
    }

    /** The receiver of docs/webhooks.md, run as it stands there. */
    @Test
    void receiverOfTheDocumentation_verifies() throws Exception {
        Path module = Path.of("").toAbsolutePath();
        String page = Files.readString(module.resolveSibling("docs/webhooks.md"));
        String script =
                page.substring(page.indexOf("```python") + 10, page.indexOf("```", page.indexOf("```python") + 10));
        ProcessBuilder builder = new ProcessBuilder("python3", "-c", script).redirectErrorStream(true);
        builder.environment().putAll(Map.of("WEBHOOK_SECRET", SECRET, "PORT", "0"));
        Process python;
        try {
            python = builder.start();
        } catch (IOException missing) {
            assumeTrue(false, "python3 is not installed");
            return;
        }
        opened((AutoCloseable) python::destroyForcibly);
        BufferedReader lines = python.inputReader(StandardCharsets.UTF_8);
        String first = requireNonNull(lines.readLine());
        assertThat(first).startsWith("listening on ");
        RefreshEngine engine = engine(1, "127.0.0.0/8");
        TaskId id = submit(engine, "", "http://127.0.0.1:" + first.substring(13).trim() + "/");
        awaitState(id, State.DELIVERED);
        store.callbacks().rotate(WebhookSecret.random("x", Instant.now()), Instant.now());
        TaskId refused =
                submit(engine, "x", "http://127.0.0.1:" + first.substring(13).trim() + "/");
        await().untilAsserted(() -> assertThat(rows(refused).get(0).history())
                .as("signed with a secret that the receiver does not know")
                .extracting("status")
                .contains(401));
    }
}
