// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static io.cdnrefresh.engine.RestBench.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.ExitEvent;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.PeerCaller;
import io.cdnrefresh.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Answers that cover the cluster: engine 1 answers, 2 and 3 are asked. */
class ClusterViewsTest {
    private final RestBench bench = new RestBench();
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    ClusterViewsTest() {
        PeerCaller peers = (address, request, query, timeout, done) -> {
            asked.add(address + " " + request.path() + "?" + query);
            done.accept(Optional.ofNullable(answers.get(address)).map(ClusterViewsTest::answer));
        };
        bench.relay = new Relay(new Three(), peers, new PeerProof("", bench.clock));
    }

    private static ApiResponse answer(String body) {
        return new ApiResponse(200, "application/json", List.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    private static final class Three implements Relay.Others {
        @Override
        public List<Member> members() {
            return List.of(member(1), member(2), member(3));
        }

        private static Member member(int engine) {
            return new Member(new EngineEpoch(engine, 7), "e" + engine, "", "", 0);
        }

        @Override
        public boolean isSelf(int engine) {
            return engine == 1;
        }

        @Override
        public @Nullable String address(int engine) {
            return engine == 1 ? null : "e" + engine;
        }
    }

    @Test
    void stats_anEngineDoesNotAnswer_sumsAndNamesIt() {
        bench.operations.stats.gauge("tasks_in_cache", () -> 3);
        bench.operations.stats.gauge("store_durable", () -> 1);
        bench.operations.stats.gauge("pauses", () -> 2);
        bench.operations.stats.meter("qps_boss").mark(2);
        answers.put(
                "e2",
                "{\"tasks_in_cache\":4,\"store_durable\":0,\"pauses\":2,\"new_one\":1,\"timestamp\":5,"
                        + "\"qps_boss\":{\"1m\":0.5,\"5m\":0,\"15m\":0,\"avg\":0,\"count\":40},\"odd\":null}");

        String text = RestBench.text(bench.get("/v1/engine/stats"));
        assertThat(text)
                .contains("\"tasks_in_cache\":7", "\"store_durable\":0", "\"pauses\":2", "\"count\":42")
                .contains(
                        "\"engines\":[{\"engine\":1,\"epoch\":7,\"answered\":true},"
                                + "{\"engine\":2,\"epoch\":7,\"answered\":true},{\"engine\":3,\"epoch\":7,\"answered\":false}]");
        assertThat(asked).containsExactly("e2 /v1/engine/stats?local=true", "e3 /v1/engine/stats?local=true");
    }

    @Test
    void fleet_othersOweAndHaveTenants_worstOfGroupsAndSumsOfTenants() {
        FleetView own = new FleetView(
                new EngineEpoch(1, 7),
                true,
                List.of(),
                List.of(group("eu", 0, 500), group("us", 0, 20)),
                List.of(new FleetView.Tenant("a", 5), new FleetView.Tenant("b", 4)),
                List.of(),
                Map.of("final", new Lags.Figures(2, 10, 20, 30, 40)));
        Map<String, Object> other = PartJson.object(
                ("{\"leader\":false,\"groups\":[{\"group\":\"us\",\"unproven\":2,\"oldestOwedMillis\":900},"
                                + "{\"group\":\"stranger\"}],\"tenants\":[{\"tenant\":\"b\",\"tasks\":3},"
                                + "{\"tenant\":\"c\",\"tasks\":1}],\"lagMillis\":{\"final\":{\"count\":1,\"p50\":11,\"p99\":5}}}")
                        .getBytes(StandardCharsets.UTF_8));

        FleetView all = own.with(List.of(other, Map.of()));
        assertThat(all.groups()).containsExactly(group("us", 2, 900), group("eu", 0, 500));
        assertThat(all.tenants())
                .containsExactly(
                        new FleetView.Tenant("b", 7), new FleetView.Tenant("a", 5), new FleetView.Tenant("c", 1));
        assertThat(all.lags()).containsEntry("final", new Lags.Figures(3, 11, 20, 30, 40));
        assertThat(all.isLeader()).isTrue();
        assertThat(own.with(List.of())).isSameAs(own);
    }

    private static FleetView.Group group(String name, int unproven, long owedMillis) {
        return new FleetView.Group(name, 3, 2, 0, Map.of("online", 3), unproven, owedMillis);
    }

    @Test
    void devices_linksOfOtherEngines_areInTheAnswer() {
        bench.operations.give(List.of(new DeviceView(DEVICE, false, false, false, false, 1, 2, 9, 10, 0, 0)));
        answers.put(
                "e2",
                "{\"devices\":[{\"id\":\"d1\",\"connected\":true,\"ready\":true,\"caughtUp\":true,"
                        + "\"pace\":\"slow\",\"underWay\":5,\"behind\":7,\"parked\":9,\"lagMillis\":30},{\"id\":\"stranger\"}]}");
        answers.put("e3", "not JSON");

        assertThat(RestBench.text(bench.get("/v1/engine/devices")))
                .contains("\"connected\":true,\"ready\":true,\"caughtUp\":true,\"pace\":\"slow\",\"underWay\":6,"
                        + "\"behind\":9,\"parked\":9,\"lagMillis\":30,\"cachesDown\":0,\"needsWipe\":0}]")
                .doesNotContain("stranger");
    }

    @Test
    void stats_local_asksNobody() {
        assertThat(RestBench.text(bench.get("/v1/engine/stats?local=true"))).doesNotContain("\"answered\"");
        assertThat(RestBench.text(bench.call("GET", "/v1/engine/stats", "", PeerCaller.RELAYED, "1")))
                .doesNotContain("\"answered\"");
        assertThat(asked).isEmpty();
        assertThat(bench.call("GET", "/v1/engine/stats?local=maybe", "").status())
                .isEqualTo(400);
    }

    @Test
    void events_ofOtherEngines_comeWithTheirIdAndOnce() {
        EventStreams streams = new EventStreams(
                parts -> "{}".getBytes(StandardCharsets.UTF_8), new RecordedAccess(new ManualClock()).door());
        Router router = new Router(bench.relay, new RecordedAccess(bench.clock).door());
        streams.addTo(router);
        answers.put(
                "e2",
                "{\"last\":\"7\",\"events\":[{\"event\":\"device\",\"data\":\"{\\\"device\\\":\\\"d\\\"}\"},"
                        + "{\"event\":\"exit\",\"data\":\"{}\"}],\"stats\":\"{}\"}");
        EventStreamsTest.Client client = new EventStreamsTest.Client(null);
        router.route(client, client);
        List<String> seen = client.texts;
        await().atMost(Duration.ofSeconds(30))
                .until(() -> seen.stream()
                        .anyMatch(text -> text.contains("event: device\ndata: {\"from\":2,\"device\":\"d\"}")));
        answers.put("e2", "{\"last\":\"7\",\"events\":[],\"stats\":\"{}\"}");
        await().atMost(Duration.ofSeconds(30)).until(() -> asked.contains("e2 /v1/engine/events?local=true&after=7"));
        assertThat(seen).anyMatch(text -> text.contains("event: exit\ndata: {\"from\":2}"));
        assertThat(asked.get(0)).isEqualTo("e2 /v1/engine/events?local=true&after=now");
        streams.onEvent(new ExitEvent(Map.of()));
    }
}
