// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a caller may submit a task, and whose task it then is. Hosts are compared in their identity form, which is the
 * only form a target has. Immutable.
 */
final class TaskRights {
    private static final int MAX_FAULTS = 100;

    private final Caller caller;
    private final AccessView access;

    TaskRights(Caller caller, AccessView access) {
        this.caller = caller;
        this.access = access;
    }

    /**
     * The task as the caller may submit it: with its tenant, and in the groups of its key.
     *
     * @param named the tenant that the body names; null = none
     * @throws ProblemException 400, 403 or 422
     */
    RefreshTask allow(RefreshTask task, @Nullable String named) {
        if (caller.isAdmin() && named == null && caller.keyId().isEmpty()) {
            return task;
        }
        String tenant = tenant(named);
        Rights rights = caller.rights();
        if (!rights.kinds().contains(task.kind())) {
            String word = task.kind().wireName();
            throw refused("type", word, "a type that the key has the right to");
        }
        if (task.kind() == TaskKind.ALL) {
            requireAll(tenant, rights);
        } else if (!tenant.isEmpty()) {
            requireHosts(task, tenant, rights);
        }
        RefreshTask own = tenant.isEmpty() ? task : task.withTenant(tenant);
        Scope scope = scope(task.options().scope(), rights);
        return scope.equals(task.options().scope())
                ? own
                : own.withOptions(own.options().toBuilder().scope(scope).build());
    }

    /** The purge of a URL as the caller would submit it; null if it may not. */
    @Nullable
    RefreshTask purge(Target url) {
        boolean isForAll = caller.isAdmin() && caller.keyId().isEmpty();
        String tenant = isForAll ? "" : tenant(null);
        boolean isOwn = tenant.isEmpty() || isOwn(url.host(), tenant, caller.rights());
        if (!isForAll && !(isOwn && caller.rights().kinds().contains(TaskKind.URL))) {
            return null;
        }
        return allow(RefreshTask.of(TaskKind.URL, List.of(url)), null);
    }

    private String tenant(@Nullable String named) {
        if (!caller.isAdmin()) {
            if (named != null && !named.equals(caller.tenant())) {
                throw refused("tenant", named, "no tenant, or the key's own");
            }
            return caller.tenant();
        }
        if (named != null && access.tenant(named) == null) {
            throw new ProblemException(
                    Problem.invalid(Fault.of("tenant", named, Fault.UNKNOWN, "a tenant that was added")));
        }
        return named == null ? "" : named;
    }

    private void requireAll(String tenant, Rights rights) {
        if (tenant.isEmpty() && !rights.isNetworkWide()) {
            throw refused("type", "all", "a tenant, or a key with the right networkWide");
        }
        if (!rights.hosts().isEmpty()) {
            throw refused("type", "all", "a key that is for every host of its tenant");
        }
        if (!tenant.isEmpty() && access.hostsOf(tenant).isEmpty()) {
            Fault fault = Fault.of("type", "all", Fault.TOO_FEW, "a tenant that has hosts");
            throw new ProblemException(
                    Problem.of(422, "no-hosts", "The tenant has no hosts", "expected: a tenant that has hosts", fault));
        }
    }

    private void requireHosts(RefreshTask task, String tenant, Rights rights) {
        for (String host : task.options().preload().hosts()) {
            if (!isOwn(host, tenant, rights)) {
                Fault fault = Fault.of("followHosts", host, "not-your-host", "hosts of the tenant and the key");
                throw new ProblemException(FrontDoor.forbidden(
                        "not-your-host", "The host is not yours", "hosts of the tenant and the key", List.of(fault)));
            }
        }
        boolean isAllowed = true;
        for (String host : TargetList.hosts(task.targets())) {
            isAllowed &= isOwn(host, tenant, rights);
        }
        if (isAllowed) {
            return;
        }
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < task.targets().size() && faults.size() < MAX_FAULTS; i++) {
            Target target = task.targets().get(i);
            if (!isOwn(target.host(), tenant, rights)) {
                faults.add(new Fault(i, "targets", target.host(), "not-your-host", "a host of the tenant and the key"));
            }
        }
        throw new ProblemException(FrontDoor.forbidden(
                "not-your-host", "The host is not yours", "hosts of the tenant and the key", faults));
    }

    private boolean isOwn(String host, String tenant, Rights rights) {
        return access.owner(host).equals(tenant) && rights.hasHost(host);
    }

    /** A tenant knows groups, not nodes; a key for some groups goes to those. */
    private Scope scope(Scope asked, Rights rights) {
        if (!caller.isAdmin() && !(asked.devices().isEmpty() && asked.exclude().isEmpty())) {
            throw refused("scope", "devices", "groups and tiers; devices are for admin keys");
        }
        if (rights.groups().isEmpty()) {
            return asked;
        }
        for (String group : asked.groups()) {
            if (!rights.groups().contains(group)) {
                throw refused("scope", group, "groups of the key: " + String.join(", ", rights.groups()));
            }
        }
        return asked.groups().isEmpty()
                ? new Scope(rights.groups(), asked.tiers(), asked.devices(), asked.exclude())
                : asked;
    }

    private static ProblemException refused(String field, String value, String allowed) {
        Fault fault = Fault.of(field, value, "no-right", allowed);
        return new ProblemException(
                FrontDoor.forbidden("no-right", "The key has no right to this", allowed, List.of(fault)));
    }
}
