// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.AccessOperations.Deed;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.SigningSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keys and the audit. Thread-safe. A key's text is in one answer only: that to its making. */
final class AdminRoutes {
    private static final String KEYS = "/v1/admin/keys";
    private static final Duration LONGEST_GRACE = Duration.ofDays(30);

    private final AccessOperations operations;
    private final FrontDoor door;
    private final EngineClock clock;
    private final Bodies bodies;

    AdminRoutes(AccessOperations operations, EngineClock clock, Bodies bodies) {
        this.operations = operations;
        this.clock = clock;
        this.bodies = bodies;
        door = operations.door();
    }

    void addTo(Router router) {
        router.add("GET", KEYS, List.of("tenant"), this::keys)
                .add("POST", KEYS, List.of(), this::add)
                .add("POST", KEYS + "/{id}/rotate", List.of(), this::rotate)
                .add("DELETE", KEYS + "/{id}", List.of(), this::revoke)
                .add(
                        "GET",
                        "/v1/admin/audit",
                        List.of("since", "actor", "action", "tenant", "cursor", "limit"),
                        this::audit);
        new TenantRoutes(operations, clock, bodies).addTo(router);
    }

    static AccessView known(FrontDoor door) {
        AccessView access = door.access();
        if (access == null) {
            throw new ProblemException(FrontDoor.notRunning());
        }
        return access;
    }

    private void keys(Call call) {
        String tenant = call.query().text("tenant");
        List<ApiKey> keys = known(door).keys();
        call.responder().respond(Replies.object(200, json -> {
            json.field("keys").beginArray();
            for (ApiKey key : keys) {
                if (tenant == null || tenant.equals(key.tenant())) {
                    json.beginObject();
                    members(json, key);
                    json.endObject();
                }
            }
            json.endArray();
        }));
    }

    private static void members(JsonWriter json, ApiKey key) {
        Rights rights = key.rights();
        json.field("id").value(key.id());
        json.field("name").value(key.name());
        json.field("tenant").value(key.tenant());
        json.field("admin").value(key.isAdmin());
        TaskViews.strings(json, "hosts", rights.hosts());
        TaskViews.strings(
                json,
                "kinds",
                rights.kinds().stream().sorted().map(TaskKind::wireName).toList());
        json.field("networkWide").value(rights.isNetworkWide());
        TaskViews.strings(json, "groups", rights.groups());
        TaskViews.strings(
                json,
                "limits",
                rights.limits().stream().map(RateLimit::toString).toList());
        json.field("createdAt").value(key.createdAt().toString());
        time(json, "expiresAt", key.expiresAt());
        time(json, "oldUntil", key.oldUntil());
    }

    private static void time(JsonWriter json, String name, @Nullable Instant time) {
        if (time != null) {
            json.field(name).value(time.toString());
        }
    }

    private void add(Call call) {
        KeyBody wanted = KeyBody.read(bodies, call.request(), clock);
        AccessView access = known(door);
        wanted.check(access);
        String id = KeyText.newId();
        String text = KeyText.newText(id);
        ApiKey key = wanted.key(id, KeyText.hash(text), clock.now());
        change(call, new RegistryChange.KeyPut(key), key, "key.add", "", answer(call, after -> made(201, key, text)));
    }

    private ApiResponse made(int status, ApiKey key, String text) {
        String master = door.options().signingSecret();
        return Replies.object(status, json -> {
            members(json, key);
            json.field("key").value(text);
            if (!master.isEmpty()) {
                json.field("signingSecret").value(SigningSecret.of(master, key.id()));
            }
        });
    }

    private void rotate(Call call) {
        ApiKey old = key(call);
        Duration[] grace = {Duration.ZERO};
        if (call.request().body().length > 0) {
            List<Fault> faults = bodies.read(call.request(), body -> {
                body.object("", List.of("grace"), name -> {
                    Duration read = body.parsed(name, text -> TimeText.duration(text, Duration.ZERO, LONGEST_GRACE));
                    grace[0] = read == null ? Duration.ZERO : read;
                });
                return body.faults();
            });
            if (!faults.isEmpty()) {
                throw new ProblemException(Problem.invalid(faults));
            }
        }
        String text = KeyText.newText(old.id());
        boolean isGraceful = !grace[0].isZero();
        ApiKey key = new ApiKey(
                old.id(),
                old.name(),
                old.tenant(),
                old.rights(),
                KeyText.hash(text),
                isGraceful ? old.hash() : "",
                isGraceful ? clock.now().plus(grace[0]) : null,
                old.createdAt(),
                old.expiresAt());
        String detail = "grace " + TimeText.text(grace[0]);
        change(
                call,
                new RegistryChange.KeyPut(key),
                key,
                "key.rotate",
                detail,
                answer(call, after -> made(200, key, text)));
    }

    private void revoke(Call call) {
        ApiKey key = key(call);
        boolean isLast = key.isAdmin()
                && known(door).keys().stream()
                        .noneMatch(other ->
                                other.isAdmin() && !other.id().equals(key.id()) && !other.isExpired(clock.now()));
        if (isLast) {
            throw new ProblemException(Problem.of(
                    409,
                    "last-admin-key",
                    "The last admin key stays",
                    "without it nobody could make another; add one first",
                    Fault.of("id", key.id(), Fault.CONFLICT, "a key beside which there is another admin key")));
        }
        change(
                call,
                new RegistryChange.KeyRemoved(key.id()),
                key,
                "key.revoke",
                "",
                answer(call, after -> Replies.object(200, json -> members(json, key))));
    }

    private ApiKey key(Call call) {
        ApiKey key = known(door).key(call.variable(0));
        if (key == null) {
            throw new ProblemException(Problem.notFound("id", call.variable(0), "the id of a key"));
        }
        return key;
    }

    private void change(
            Call call,
            RegistryChange change,
            ApiKey key,
            String action,
            String detail,
            Consumer<Answer<AccessView>> done) {
        Deed deed = new Deed(call.caller(), key.tenant(), action, key.id(), (key.name() + " " + detail).strip());
        operations.change(List.of(change), deed, done);
    }

    private static Consumer<Answer<AccessView>> answer(
            Call call, java.util.function.Function<AccessView, ApiResponse> writer) {
        return call.then(writer);
    }

    private void audit(Call call) {
        QueryParameters query = call.query();
        Instant since = query.parsed("since", text -> TimeText.instant(text, Instant.parse("9999-12-31T23:59:59Z")));
        AuditFilter filter = new AuditFilter(since, query.text("actor"), query.text("action"), query.text("tenant"));
        int limit = query.limit();
        operations.audit(
                filter, query.cursor(Long.MAX_VALUE), limit + 1, call.then(entries -> audited(entries, limit)));
    }

    private static ApiResponse audited(List<AuditFilter.Entry> entries, int limit) {
        boolean hasMore = entries.size() > limit;
        List<AuditFilter.Entry> shown = hasMore ? entries.subList(0, limit) : entries;
        return Replies.object(200, json -> {
            json.field("records").beginArray();
            for (AuditFilter.Entry entry : shown) {
                AuditRecord audited = entry.record();
                json.beginObject();
                json.field("at").value(audited.at().toString());
                json.field("actor").value(audited.actor());
                json.field("tenant").value(audited.tenant());
                json.field("action").value(audited.action());
                json.field("subject").value(audited.subject());
                json.field("detail").value(audited.detail());
                json.endObject();
            }
            json.endArray();
            TaskViews.next(json, hasMore ? shown.get(shown.size() - 1).place() : -1);
        });
    }
}
