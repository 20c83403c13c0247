// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.ExitEvent;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamsTest {
    private final ManualClock clock = new ManualClock();
    private final RecordedAccess access = new RecordedAccess(clock);
    private final Router router = new Router(RestBench.ALONE, access.door());
    private final EventStreams streams =
            new EventStreams(parts -> "{\"input_task_queue\":1}".getBytes(StandardCharsets.UTF_8), access.door());
    private final List<Client> clients = new ArrayList<>();

    EventStreamsTest() {
        streams.addTo(router);
    }

    @AfterEach
    void end() {
        streams.onEvent(new ExitEvent(Map.of()));
        assertThat(clients).allMatch(client -> client.isClosed || !client.takes || client.refusal != null);
    }

    /** One that watches. */
    static final class Client implements ApiRequest, ApiResponder, ApiStream {
        final List<String> texts = new CopyOnWriteArrayList<>();
        final @Nullable String lastSeen;
        volatile @Nullable String authorization;
        volatile @Nullable String cookie;
        volatile @Nullable ApiResponse refusal;
        volatile boolean takes = true;
        volatile boolean isClosed;

        Client(@Nullable String lastSeen) {
            this.lastSeen = lastSeen;
        }

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String path() {
            return "/v1/engine/events";
        }

        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return switch (name) {
                case "Last-Event-ID" -> lastSeen;
                case "Authorization" -> authorization;
                case "Cookie" -> cookie;
                default -> null;
            };
        }

        @Override
        public byte[] body() {
            return new byte[0];
        }

        @Override
        public String remote() {
            return "test";
        }

        @Override
        public void respond(ApiResponse response) {
            refusal = response;
        }

        @Override
        public ApiStream stream(ApiResponse head) {
            assertThat(head.contentType()).isEqualTo("text/event-stream");
            return this;
        }

        @Override
        public boolean write(byte[] part) {
            if (takes) {
                texts.add(new String(part, StandardCharsets.UTF_8));
            }
            return takes;
        }

        @Override
        public void close() {
            isClosed = true;
        }

        List<String> changes() {
            return texts.stream()
                    .filter(text -> !text.startsWith("event: stats"))
                    .toList();
        }
    }

    private Client client(@Nullable String lastSeen) {
        Client client = new Client(lastSeen);
        clients.add(client);
        router.route(client, client);
        return client;
    }

    private void device(String id) {
        streams.onEvent(new DeviceEvent(id, DeviceState.ONLINE, true));
    }

    @Test
    void changes_comeInOrderWithIds_andFiguresOnceASecond() {
        Client client = client(null);
        device("d1");
        device("d2");
        assertThat(client.changes())
                .containsExactly(
                        "id: 1\nevent: device\ndata: {\"device\":\"d1\",\"state\":\"ONLINE\",\"connected\":true}\n\n",
                        "id: 2\nevent: device\ndata: {\"device\":\"d2\",\"state\":\"ONLINE\",\"connected\":true}\n\n");
        await().until(() -> client.texts.size() - client.changes().size() >= 2);
        assertThat(client.texts).contains("event: stats\ndata: {\"input_task_queue\":1}\n\n");
    }

    @Test
    void lastEventId_bringsWhatWasMissed_andNothingElseDoes() {
        device("d1");
        device("d2");
        device("d3");
        assertThat(client("1").changes())
                .hasSize(2)
                .allMatch(text -> text.startsWith("id: 2") || text.startsWith("id: 3"));
        assertThat(client(null).changes()).isEmpty();
        assertThat(client("nonsense").changes()).isEmpty();
    }

    @Test
    void client_thatTakesNoMore_isForgotten() {
        Client slow = client(null);
        Client quick = client(null);
        assertThat(streams.clients()).isEqualTo(2);
        slow.takes = false;
        device("d1");
        assertThat(streams.clients()).isEqualTo(1);
        assertThat(quick.changes()).hasSize(1);
    }

    @Test
    void client_oneTooMany_isRefused() {
        for (int i = 0; i < EventStreams.MAX_CLIENTS; i++) {
            client(null);
        }
        ApiResponse refusal = client(null).refusal;
        assertThat(refusal).isNotNull();
        assertThat(refusal == null ? 0 : refusal.status()).isEqualTo(503);
    }

    private void change(RegistryChange change) {
        access.registry = access.registry.with(List.of(change));
    }

    /** Makes an admin key; its text. */
    private String key(String id, @Nullable Instant expiresAt) {
        String text = KeyText.newText(id);
        change(new RegistryChange.KeyPut(
                new ApiKey(id, id, "", Rights.ALL, KeyText.hash(text), "", null, clock.now(), expiresAt)));
        return text;
    }

    private Client keyed(String key) {
        Client client = new Client(null);
        client.authorization = "Bearer " + key;
        return routed(client);
    }

    private Client routed(Client client) {
        clients.add(client);
        router.route(client, client);
        return client;
    }

    @Test
    void client_whoseRightEnds_isCutOff_andOthersWatchOn() {
        Client anonymous = client(null);
        Client staying = keyed(key("stays", null));
        Client revoked = keyed(key("goes", null));
        Client expiring = keyed(key("ends", clock.now().plusSeconds(60)));
        Client browser = new Client(null);
        ApiKey logged = Objects.requireNonNull(access.view().key("stays"));
        browser.cookie = "refresh_session=" + access.door().sessions().open(logged);
        routed(browser);
        await().until(() -> anonymous.isClosed);
        assertThat(List.of(staying, revoked, expiring, browser)).noneMatch(client -> client.isClosed);

        change(new RegistryChange.KeyRemoved("goes"));
        await().until(() -> revoked.isClosed);
        clock.advance(Duration.ofSeconds(60));
        await().until(() -> expiring.isClosed);
        assertThat(List.of(staying, browser)).noneMatch(client -> client.isClosed);
        clock.advance(Sessions.LENGTH);
        await().until(() -> browser.isClosed);
        int before = staying.texts.size();
        await().until(() -> staying.texts.size() > before);
        assertThat(streams.clients()).isEqualTo(1);
        assertThat(revoked.changes()).isEmpty();
    }
}
