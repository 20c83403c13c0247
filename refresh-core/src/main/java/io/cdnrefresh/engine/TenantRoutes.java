// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.AccessOperations.Deed;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.Tenant;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tenants and whose hosts are whose. Thread-safe. */
final class TenantRoutes {
    private static final String TENANTS = "/v1/admin/tenants";
    private static final int MAX_HOSTS = 1_000;
    private static final int MAX_LIMITS = 8;

    private final AccessOperations operations;
    private final FrontDoor door;
    private final EngineClock clock;
    private final Bodies bodies;

    TenantRoutes(AccessOperations operations, EngineClock clock, Bodies bodies) {
        this.operations = operations;
        this.clock = clock;
        this.bodies = bodies;
        door = operations.door();
    }

    void addTo(Router router) {
        router.add("GET", TENANTS, List.of(), this::tenants)
                .add("POST", TENANTS, List.of(), this::put)
                .add("DELETE", TENANTS + "/{name}", List.of(), this::remove);
    }

    private void tenants(Call call) {
        AccessView access = AdminRoutes.known(door);
        call.responder().respond(Replies.object(200, json -> {
            json.field("tenants").beginArray();
            for (Tenant tenant : access.tenants()) {
                json.beginObject();
                members(json, tenant, access);
                json.endObject();
            }
            json.endArray();
        }));
    }

    private static void members(JsonWriter json, Tenant tenant, AccessView access) {
        json.field("name").value(tenant.name());
        TaskViews.strings(json, "hosts", access.hostsOf(tenant.name()));
        TaskViews.strings(
                json,
                "limits",
                tenant.limits().stream().map(RateLimit::toString).toList());
        json.field("keys")
                .value(access.keys().stream()
                        .filter(key -> key.tenant().equals(tenant.name()))
                        .count());
        json.field("createdAt").value(tenant.createdAt().toString());
    }

    /** Null: the field was not sent, and stays as it is. */
    private static final class TenantBody {
        String name = "";

        @Nullable
        List<String> hosts;

        @Nullable
        List<String> limits;
    }

    private void put(Call call) {
        TenantBody wanted = new TenantBody();
        List<Fault> faults = bodies.read(call.request(), body -> {
            body.object("", List.of("name", "hosts", "limits"), field -> {
                switch (field) {
                    case "name" -> {
                        String name = body.parsed(field, text -> Device.requireName(field, text));
                        wanted.name = name == null ? "" : name;
                    }
                    case "hosts" ->
                        wanted.hosts = body.strings(
                                field, MAX_HOSTS, text -> Target.host(text).host());
                    default -> wanted.limits = body.strings(field, MAX_LIMITS, KeyBody::limit);
                }
            });
            return body.faults();
        });
        if (faults.isEmpty() && wanted.name.isEmpty()) {
            throw new ProblemException(Problem.invalid(Fault.of("name", "", Fault.MISSING_FIELD, "a name")));
        }
        if (!faults.isEmpty()) {
            throw new ProblemException(Problem.invalid(faults));
        }
        AccessView access = AdminRoutes.known(door);
        Tenant old = access.tenant(wanted.name);
        List<RateLimit> limits =
                wanted.limits != null ? KeyBody.limits(wanted.limits) : old == null ? List.of() : old.limits();
        Tenant tenant = new Tenant(wanted.name, limits, old == null ? clock.now() : old.createdAt());
        List<RegistryChange> changes = new ArrayList<>();
        changes.add(new RegistryChange.TenantPut(tenant));
        if (wanted.hosts != null) {
            hosts(wanted.name, wanted.hosts, access, changes);
        }
        String detail = "hosts " + (wanted.hosts == null ? "unchanged" : String.join(" ", wanted.hosts));
        Deed deed = new Deed(call.caller(), wanted.name, "tenant.put", wanted.name, detail);
        operations.change(
                changes,
                deed,
                call.then(after -> Replies.object(old == null ? 201 : 200, json -> members(json, tenant, after))));
    }

    /** The rules that make these hosts, and no others, the tenant's. */
    private void hosts(String tenant, List<String> wanted, AccessView access, List<RegistryChange> changes) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            String host = wanted.get(i);
            HostRule rule = rule(host);
            boolean isTaken =
                    rule != null && !rule.tenant().isEmpty() && !rule.tenant().equals(tenant);
            String other = isTaken ? host : access.overlapping(host, tenant);
            if (other != null) {
                faults.add(new Fault(i, "hosts", host, Fault.CONFLICT, "no host of another tenant: " + other));
            } else {
                changes.add(new RegistryChange.HostPut(
                        rule == null
                                ? new HostRule(host, tenant, List.of(), "", List.of(), List.of())
                                : rule.withTenant(tenant)));
            }
        }
        if (!faults.isEmpty()) {
            throw new ProblemException(taken(faults));
        }
        for (String host : access.hostsOf(tenant)) {
            HostRule rule = rule(host);
            if (!wanted.contains(host) && rule != null) {
                changes.add(new RegistryChange.HostPut(rule.withTenant("")));
            }
        }
    }

    static Problem taken(List<Fault> faults) {
        return new Problem(
                409,
                "host-taken",
                "The host is another tenant's",
                "nobody may purge what is another's, so no host has two tenants",
                faults,
                List.of());
    }

    private @Nullable HostRule rule(String host) {
        return operations.hosts().stream()
                .filter(rule -> rule.host().equals(host))
                .findFirst()
                .orElse(null);
    }

    private void remove(Call call) {
        String name = call.variable(0);
        AccessView access = AdminRoutes.known(door);
        Tenant tenant = access.tenant(name);
        if (tenant == null) {
            throw new ProblemException(Problem.notFound("name", name, "the name of a tenant"));
        }
        if (access.keys().stream().anyMatch(key -> key.tenant().equals(name))) {
            throw new ProblemException(Problem.of(
                    409,
                    "tenant-has-keys",
                    "The tenant has keys",
                    "revoke its keys first",
                    Fault.of("name", name, Fault.CONFLICT, "a tenant without keys")));
        }
        List<RegistryChange> changes = new ArrayList<>();
        changes.add(new RegistryChange.TenantRemoved(name));
        for (String host : access.hostsOf(name)) {
            HostRule rule = rule(host);
            if (rule != null) {
                changes.add(new RegistryChange.HostPut(rule.withTenant("")));
            }
        }
        operations.change(
                changes,
                new Deed(call.caller(), name, "tenant.remove", name, ""),
                call.then(after -> Replies.object(200, json -> members(json, tenant, after))));
    }
}
