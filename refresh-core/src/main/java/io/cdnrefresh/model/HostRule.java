// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Which groups serve a host and how its cache keys look. Immutable.
 *
 * @param host a host, or {@code *.host} for one label below it
 * @param tenant whose host it is; empty = nobody's
 * @param groups the groups that serve it; empty = every device
 * @param keyTemplate the forms of a URL under which copies are kept, see {@link KeyForms}; empty = the URL as received
 * @param variants request headers, {@code Name: value}, under which copies are kept apart
 * @param schemes {@code http}, {@code https} or both; empty = as submitted
 */
public record HostRule(
        String host,
        String tenant,
        List<String> groups,
        String keyTemplate,
        List<String> variants,
        List<String> schemes) {
    /** Copies the lists and checks the host. */
    public HostRule {
        Target.host(host);
        groups = List.copyOf(groups);
        variants = List.copyOf(variants);
        schemes = List.copyOf(schemes);
    }

    /** Every URL under whose key copies of a target may be kept: its forms by each scheme. */
    public List<Target> forms(Target target) {
        List<Target> forms = new ArrayList<>();
        for (String scheme : schemes.isEmpty() ? List.of(target.scheme()) : schemes) {
            for (String path : KeyForms.of(keyTemplate, target.path())) {
                forms.add(new Target(scheme, target.host(), path));
            }
        }
        return forms;
    }

    /** The same rule for a host of another tenant; empty = nobody's. */
    public HostRule withTenant(String newTenant) {
        return new HostRule(host, newTenant, groups, keyTemplate, variants, schemes);
    }

    /** Whether the rule speaks of the host. */
    public boolean matches(String candidate) {
        return Target.hostMatches(host, candidate);
    }
}
