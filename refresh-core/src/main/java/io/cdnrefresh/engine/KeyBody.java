// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key as somebody asks for it. Not thread-safe; read once. */
final class KeyBody {
    private static final List<String> FIELDS =
            List.of("name", "tenant", "admin", "hosts", "kinds", "networkWide", "groups", "limits", "expiresAt");
    private static final int MAX_HOSTS = 1_000;
    private static final int MAX_LIMITS = 8;

    private String name = "";
    private String tenant = "";
    private boolean isAdmin;
    private boolean isNetworkWide;
    private List<String> hosts = List.of();
    private List<String> kinds = List.of();
    private boolean hasKinds;
    private List<String> groups = List.of();
    private List<String> limits = List.of();

    @Nullable
    private Instant expiresAt;

    private KeyBody() {}

    static KeyBody read(Bodies bodies, ApiRequest request, EngineClock clock) {
        KeyBody wanted = new KeyBody();
        List<Fault> faults = bodies.read(request, body -> {
            body.object("", FIELDS, field -> wanted.field(body, field, clock));
            return body.faults();
        });
        List<Fault> all = new ArrayList<>(faults);
        wanted.missing(all);
        if (!all.isEmpty()) {
            throw new ProblemException(Problem.invalid(all));
        }
        return wanted;
    }

    private void field(BodyReader body, String field, EngineClock clock) {
        switch (field) {
            case "name" -> name = or(body.parsed(field, text -> Device.requireName(field, text)));
            case "tenant" -> tenant = or(body.parsed(field, text -> Device.requireName(field, text)));
            case "admin" -> isAdmin = body.bool(field);
            case "networkWide" -> isNetworkWide = body.bool(field);
            case "hosts" ->
                hosts = body.strings(field, MAX_HOSTS, text -> Target.host(text).host());
            case "kinds" -> {
                hasKinds = true;
                kinds = body.strings(
                        field,
                        TaskKind.values().length,
                        text -> TaskKind.parse(field, text).wireName());
            }
            case "groups" -> groups = body.strings(field, MAX_HOSTS, text -> Device.requireName(field, text));
            case "limits" -> limits = body.strings(field, MAX_LIMITS, KeyBody::limit);
            default -> expiresAt = body.parsed(field, text -> future(text, clock));
        }
    }

    static String limit(String text) {
        List<RateLimit> read = RateLimit.parse(text);
        if (read.size() != 1) {
            throw new IllegalArgumentException("limits (expected: COUNT/WINDOW each, such as 1000/s or 100000/d)");
        }
        return read.get(0).toString();
    }

    static List<RateLimit> limits(List<String> texts) {
        return RateLimit.parse(String.join(" ", texts));
    }

    private static Instant future(String text, EngineClock clock) {
        Instant until = TimeText.instant(text, clock.now().plus(Duration.ofDays(3_660)));
        if (!until.isAfter(clock.now())) {
            throw new IllegalArgumentException("expiresAt (expected: a time to come)");
        }
        return until;
    }

    private static String or(@Nullable String text) {
        return text == null ? "" : text;
    }

    private void missing(List<Fault> faults) {
        boolean isNamed = faults.stream().anyMatch(fault -> fault.field().equals("name"));
        if (name.isEmpty() && !isNamed) {
            faults.add(Fault.of("name", "", Fault.MISSING_FIELD, "a name for people and the audit"));
        }
        if (isAdmin == !tenant.isEmpty()) {
            faults.add(Fault.of("tenant", tenant, Fault.BAD_VALUE, "either a tenant or \"admin\": true"));
        }
        if (isNetworkWide && !isAdmin) {
            faults.add(Fault.of("networkWide", "true", Fault.BAD_VALUE, "only with \"admin\": true"));
        }
        if (isAdmin && !hosts.isEmpty()) {
            faults.add(Fault.of("hosts", hosts.get(0), Fault.BAD_VALUE, "only with a tenant"));
        }
    }

    /** Refuses what does not go with the tenants and keys that there are. */
    void check(AccessView access) {
        if (!access.hasKeys() && !isAdmin) {
            throw new ProblemException(Problem.of(
                    409,
                    "no-admin-key",
                    "The first key is an admin key",
                    "once there is a key, only admin keys may make others",
                    Fault.of("admin", "false", Fault.CONFLICT, "\"admin\": true")));
        }
        if (!tenant.isEmpty() && access.tenant(tenant) == null) {
            throw new ProblemException(
                    Problem.invalid(Fault.of("tenant", tenant, Fault.UNKNOWN, "a tenant that was added")));
        }
    }

    ApiKey key(String id, String hash, Instant now) {
        Set<TaskKind> all = EnumSet.noneOf(TaskKind.class);
        kinds.forEach(kind -> all.add(TaskKind.parse("kinds", kind)));
        Set<TaskKind> usual = isAdmin ? EnumSet.allOf(TaskKind.class) : Rights.USUAL_KINDS;
        Rights rights = new Rights(hosts, hasKinds ? all : usual, isNetworkWide, groups, limits(limits));
        return new ApiKey(id, name, tenant, rights, hash, "", null, now, expiresAt);
    }
}
