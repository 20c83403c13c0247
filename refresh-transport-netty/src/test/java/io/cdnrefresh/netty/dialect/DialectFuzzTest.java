// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.netty.dialect.DialectBench.Sent;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The recorded requests, damaged at random, in front of a whole engine with a device that can do everything: never a 5xx,
 * never a 2xx without a task, never a task for a host that is not the zone's. Prints its seed; {@code -Drefresh.seed=}
 * replays, {@code -Drefresh.fuzz=} sets the number of requests.
 */
class DialectFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int ROUNDS = Integer.getInteger("refresh.fuzz", 4_000);
    private static final int ROUNDS_OF_AN_ENGINE = 25_000;
    private static final List<String> SPICE = List.of(
            "\n",
            " ",
            "%",
            "%2F",
            "%00",
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "&",
            "=",
            "?",
            "/",
            "//",
            "..",
            "*",
            "**.",
            "(",
            ")+",
            "$",
            "^",
            "|",
            "\u00e4",
            "\ud83d\ude00",
            "null",
            "true",
            "0",
            "1e999",
            "z1",
            "wild",
            "www.bank.com",
            "PURGE",
            "GET",
            "DELETE",
            "x-acs-action: PushObjectCache\n",
            "Host: www.bank.com\n");

    /** What the engine was asked and what it answered. */
    private static final class Watched implements ApiEndpoint {
        private final ApiEndpoint engine;
        private final List<ApiRequest> submissions = new ArrayList<>();
        private int accepted;

        Watched(ApiEndpoint engine) {
            this.engine = engine;
        }

        @Override
        public void onRequest(ApiRequest request, io.cdnrefresh.spi.ApiResponder responder) {
            boolean isSubmission = request.method().equals("POST");
            if (isSubmission) {
                submissions.add(request);
            }
            engine.onRequest(request, response -> {
                accepted += isSubmission && response.status() == 202 ? 1 : 0;
                responder.respond(response);
            });
        }

        void forget() {
            submissions.clear();
            accepted = 0;
        }
    }

    @Test
    void anyRequest_isCarriedOutOrRefused() throws Exception {
        Random random = new Random(SEED);
        int done = 0;
        for (int from = 0; from < ROUNDS; from += ROUNDS_OF_AN_ENGINE) {
            try (LocalTransport transport = LocalTransport.create();
                    RefreshEngine engine = engine(transport);
                    RefreshProxy proxy = RefreshProxy.builder()
                            .id("node")
                            .transport(transport.proxySide())
                            .cache(ProxyCache.front("any", new AnyCache()))
                            .build()) {
                engine.start();
                proxy.start();
                Watched watched = new Watched(engine.api());
                DialectEndpoint dialects = DialectEndpoint.builder(watched)
                        .dialects(DialectEndpoint.NAMES)
                        .zone("z1", List.of("www.shop.com", "img.shop.com"))
                        .zone("wild", List.of("*.shop.com"))
                        .wait(Duration.ZERO)
                        .build();
                awaitDevice(dialects);
                for (int i = from; i < Math.min(ROUNDS, from + ROUNDS_OF_AN_ENGINE); i++) {
                    watched.forget();
                    Sent sent = damaged(random);
                    done += check(dialects, watched, sent, "seed " + SEED + " round " + i) ? 1 : 0;
                }
            }
        }
        assertThat(done).as("carried out, seed " + SEED).isBetween(ROUNDS / 20, ROUNDS * 9 / 10);
    }

    private static RefreshEngine engine(LocalTransport transport) {
        return RefreshEngine.builder()
                .store(new MemoryStore())
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder().owner("test").build())
                .build();
    }

    private static void awaitDevice(DialectEndpoint dialects) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> answer(dialects, Corpus.request("purge-xkey")).status() == 202);
    }

    private static ApiResponse answer(DialectEndpoint dialects, Sent sent) throws Exception {
        CompletableFuture<ApiResponse> answer = new CompletableFuture<>();
        dialects.onRequest(sent, answer::complete);
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static boolean check(DialectEndpoint dialects, Watched watched, Sent sent, String round) throws Exception {
        String what = round + ": " + sent.method() + ' ' + sent.target() + ' ' + sent.headers() + ' '
                + new String(sent.body(), UTF_8);
        ApiResponse answer = answer(dialects, sent);
        String shown = what + " -> " + answer.status() + ' ' + new String(answer.body(), UTF_8);
        if (answer.status() < 200 || answer.status() >= 500) {
            fail(shown);
        }
        boolean isDone = answer.status() < 300;
        int asked = watched.submissions.size();
        boolean isQuestion =
                asked == 0 && sent.path().equals("/") && !sent.method().equals("PURGE");
        if (isDone && !isQuestion && (asked == 0 || watched.accepted != asked)) {
            fail(shown + " with " + watched.accepted + " tasks of " + asked);
        }
        if (!isDone && asked == 1 && watched.accepted == 1) {
            fail(shown + " with a task");
        }
        for (ApiRequest submission : watched.submissions) {
            String body = new String(submission.body(), UTF_8);
            boolean isOfZone = sent.path().contains("/zones/") || sent.path().startsWith("/service/");
            if (isOfZone && watched.accepted > 0 && hasForeignHost(body)) {
                fail(shown + " asked " + body);
            }
        }
        return isDone;
    }

    /** Whether a submission names a host that is not below shop.com. */
    private static boolean hasForeignHost(String body) {
        var tree = JsonTree.object(body.getBytes(UTF_8));
        List<String> hosts = new ArrayList<>();
        String type = JsonTree.asText(tree.get("type"));
        for (Object target : JsonTree.asList(tree.get("targets"))) {
            String text = JsonTree.asText(target);
            switch (type) {
                case "url", "prefix" ->
                    hosts.add(text.replaceFirst("(?i)^https?://", "").replaceFirst("[/?].*", ""));
                case "host" -> hosts.add(text);
                case "regex" -> hosts.add(JsonTree.asText(JsonTree.asMap(target).get("host")));
                default -> {}
            }
        }
        JsonTree.asList(tree.get("hosts")).forEach(host -> hosts.add(JsonTree.asText(host)));
        return !hosts.stream()
                .allMatch(host -> host.toLowerCase(java.util.Locale.ROOT).matches(".*\\.shop\\.com\\.?(:.*)?"));
    }

    private static Sent damaged(Random random) {
        StringBuilder text = new StringBuilder(seed(random));
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(7)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, text.substring(at, to));
                case 2, 3 -> text.insert(at, SPICE.get(random.nextInt(SPICE.size())));
                case 4 -> text.replace(at, to, SPICE.get(random.nextInt(SPICE.size())));
                case 5 ->
                    text.replace(at, to, String.valueOf((char) random.nextInt(random.nextBoolean() ? 128 : 65_536)));
                default -> {
                    String other = seed(random);
                    text.insert(at, other.substring(random.nextInt(other.length())));
                }
            }
            if (text.length() > 16_384) {
                text.setLength(16_384);
            }
            if (text.isEmpty()) {
                text.append('x');
            }
        }
        return Corpus.read(text.toString());
    }

    private static String seed(Random random) {
        return new String(Corpus.bytes(Corpus.NAMES.get(random.nextInt(Corpus.NAMES.size()))), UTF_8);
    }
}
