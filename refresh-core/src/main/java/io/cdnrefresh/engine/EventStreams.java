// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.Relay.Part;
import io.cdnrefresh.model.ConfigEvent;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.model.EngineStateEvent;
import io.cdnrefresh.model.ExitEvent;
import io.cdnrefresh.model.FencedEvent;
import io.cdnrefresh.model.LeaderEvent;
import io.cdnrefresh.model.MemberEvent;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: what happens to the engines, and their figures once a second. While somebody watches, the others are
 * asked once a second for what has happened to them, and whoever has lost the right to watch is cut off. Thread-safe; whoever brings an event never waits for a client. A
 * client that reads too slowly is cut off by the front and forgotten here.
 */
final class EventStreams {
    /** Clients at one time; each costs a write for every event. */
    static final int MAX_CLIENTS = 64;

    private static final int RETRY_SECONDS = 5;
    private static final long TICK_NANOS = 1_000_000_000L;

    /** Events kept for clients that come back; figures are not. */
    private static final int KEPT = 256;

    private static final String NOW = "now";

    /** One event as it is sent. */
    private record Sent(long id, boolean isOwn, String name, byte[] data, byte[] text) {}

    /** Somebody who watches this engine alone, or all of them. */
    private record Client(ApiStream stream, boolean isLocal, Call call) {
        /** Cuts off whose key, session or right has ended since. */
        boolean isShutOut(FrontDoor door) {
            if (door.isStillAdmin(call.request())) {
                return false;
            }
            stream.close();
            return true;
        }
    }

    private final Function<List<Part>, byte[]> figures;
    private final FrontDoor door;
    private final ArrayDeque<Sent> kept = new ArrayDeque<>();
    private final List<Client> clients = new ArrayList<>();
    /** The last event of each other engine that was seen. */
    private final Map<EngineEpoch, String> seen = new HashMap<>();

    private boolean isAsking;
    private @Nullable Thread ticker;
    private long lastId;

    /** {@code figures} makes one JSON object of this engine's and the others'; asked only while somebody listens. */
    EventStreams(Function<List<Part>, byte[]> figures, FrontDoor door) {
        this.figures = figures;
        this.door = door;
    }

    void addTo(Router router) {
        router.add("GET", "/v1/engine/events", List.of("local", "after"), call -> {
            String after = call.query().text("after");
            if (after != null) {
                call.answer(() -> page(after));
            } else if (call.request().method().equals("HEAD")) {
                call.responder().respond(head(new byte[0]));
            } else if (!open(call, lastSeen(call.request().header("Last-Event-ID")))) {
                call.responder().respond(Replies.unavailable(Cause.OVERLOADED, RETRY_SECONDS));
            }
        });
    }

    private static long lastSeen(@Nullable String header) {
        return header != null && header.matches("[0-9]{1,18}") ? Long.parseLong(header) : -1;
    }

    private static ApiResponse head(byte[] start) {
        return new ApiResponse(200, "text/event-stream", Replies.NO_STORE, start);
    }

    /**
     * Adds a client.
     *
     * @param lastSeen id of the last event that it has seen; later ones that are kept come first; −1 = none of them
     * @return false if there are too many
     */
    private synchronized boolean open(Call call, long lastSeen) {
        if (clients.size() >= MAX_CLIENTS) {
            return false;
        }
        byte[] start = "retry: 2000\n\n".getBytes(StandardCharsets.US_ASCII);
        ApiStream stream = call.responder().stream(head(start));
        boolean isLocal = call.isLocal();
        boolean isOpen = true;
        for (Sent event : kept) {
            boolean isNew = lastSeen >= 0 && event.id > lastSeen && (event.isOwn || !isLocal);
            isOpen = isOpen && (!isNew || stream.write(event.text));
        }
        if (isOpen) {
            clients.add(new Client(stream, isLocal, call.kept()));
            startTicking();
        }
        return true;
    }

    /** The figures have a thread of their own while somebody listens. */
    private void startTicking() {
        if (ticker == null) {
            Thread started = new Thread(this::tickWhileWatched, "event-stats");
            started.setDaemon(true);
            started.start();
            ticker = started;
        }
    }

    private void tickWhileWatched() {
        while (isWatched()) {
            tick();
            LockSupport.parkNanos(this, TICK_NANOS); // the end wakes it
        }
    }

    private synchronized boolean isWatched() {
        if (clients.isEmpty()) {
            ticker = null;
        }
        return ticker != null;
    }

    /** Takes an event of the engine. */
    synchronized void onEvent(EngineEvent event) {
        JsonWriter json = new JsonWriter(128).beginObject();
        String name = write(event, json);
        byte[] data = json.endObject().toArray();
        add(name, data, true);
        if (event instanceof ExitEvent) {
            clients.forEach(client -> client.stream.close());
            clients.clear();
            LockSupport.unpark(ticker);
        }
    }

    private void add(String name, byte[] data, boolean isOwn) {
        lastId++;
        byte[] text = text("id: " + lastId + "\nevent: " + name + "\n", data);
        kept.add(new Sent(lastId, isOwn, name, data, text));
        if (kept.size() > KEPT) {
            kept.remove();
        }
        send(text, isOwn, true);
    }

    private void tick() {
        byte[] own = text("event: stats\n", figures.apply(List.of()));
        Call asker = null;
        synchronized (this) {
            clients.removeIf(client -> client.isShutOut(door));
            send(own, true, false);
            for (Client client : clients) {
                asker = client.isLocal || isAsking ? asker : client.call;
            }
            isAsking |= asker != null;
        }
        if (asker != null) {
            asker.relay().askAll(asker, this::query, this::onParts);
        }
    }

    private synchronized String query(EngineEpoch engine) {
        return "local=true&after=" + seen.getOrDefault(engine, NOW);
    }

    /** What has happened to the others. */
    private void onParts(List<Part> parts) {
        synchronized (this) {
            isAsking = false;
            for (Part part : parts) {
                ApiResponse answer = part.answer();
                if (answer != null) {
                    Map<String, Object> page = PartJson.object(answer.body());
                    seen.put(part.engine(), String.valueOf(page.getOrDefault("last", NOW)));
                    PartJson.objects(page.get("events")).forEach(event -> take(event, part.engine()));
                }
            }
        }
        byte[] all = text("event: stats\n", figures.apply(parts));
        synchronized (this) {
            send(all, false, true);
        }
    }

    private void take(Map<String, Object> event, EngineEpoch from) {
        if (event.get("event") instanceof String name && event.get("data") instanceof String data) {
            String rest = data.length() > 2 ? "," + data.substring(1) : "}";
            add(name, ("{\"from\":" + from.engine() + rest).getBytes(StandardCharsets.UTF_8), false);
        }
    }

    /** What has happened to this engine since an event, for other engines. */
    private synchronized ApiResponse page(String after) {
        long from = after.matches("[0-9]{1,18}") ? Long.parseLong(after) : lastId;
        return Replies.object(200, json -> {
            json.field("last").value(Long.toString(lastId));
            json.field("events").beginArray();
            for (Sent event : kept) {
                if (event.isOwn && event.id > from) {
                    json.beginObject();
                    json.field("event").value(event.name);
                    json.field("data").value(new String(event.data, StandardCharsets.UTF_8));
                    json.endObject();
                }
            }
            json.endArray();
            json.field("stats").value(new String(figures.apply(List.of()), StandardCharsets.UTF_8));
        });
    }

    /** Writes to those who watch this engine alone, and to those who watch all. */
    private void send(byte[] text, boolean isForLocal, boolean isForAll) {
        clients.removeIf(client -> (client.isLocal ? isForLocal : isForAll) && !client.stream.write(text));
    }

    synchronized int clients() {
        return clients.size();
    }

    private static byte[] text(String head, byte[] data) {
        byte[] start = (head + "data: ").getBytes(StandardCharsets.US_ASCII);
        byte[] text = new byte[start.length + data.length + 2];
        System.arraycopy(start, 0, text, 0, start.length);
        System.arraycopy(data, 0, text, start.length, data.length);
        text[text.length - 2] = '\n';
        text[text.length - 1] = '\n';
        return text;
    }

    private static String write(EngineEvent event, JsonWriter json) {
        if (event instanceof DeviceEvent device) {
            json.field("device").value(device.device());
            json.field("state").value(device.state().name());
            json.field("connected").value(device.isConnected());
            return "device";
        }
        if (event instanceof EngineStateEvent state) {
            json.field("state").value(state.state().name());
            return "engine";
        }
        if (event instanceof LeaderEvent leader) {
            json.field("leader").value(leader.isLeader());
            return "leader";
        }
        if (event instanceof MemberEvent member) {
            json.field("engine").value(member.engine().engine());
            json.field("epoch").value(member.engine().epoch());
            json.field("address").value(member.address());
            json.field("joined").value(member.hasJoined());
            return "member";
        }
        if (event instanceof FencedEvent fenced) {
            json.field("engine").value(fenced.engine().engine());
            json.field("epoch").value(fenced.engine().epoch());
            return "fenced";
        }
        if (event instanceof ConfigEvent config) {
            json.field("pool").value(config.pool().name().toLowerCase(Locale.ROOT));
            json.field("threads").value(config.threads());
            return "pool";
        }
        if (event instanceof ExitEvent) {
            return "exit";
        }
        throw new IllegalArgumentException("event: " + event);
    }
}
