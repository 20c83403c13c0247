// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What replaces one tenant's URLs on one device when they are too many: their directories, and when these are too many,
 * their hosts. An ordinary task of the tenant for that device, durable and shown like any other. Stateless.
 */
final class Collapse {
    /** More directories than this become hosts. */
    static final int MOST_PREFIXES = 1_000;

    /** The label that says which device a task was made for. */
    static final String LABEL = "collapsed-for";

    private static final int TARGETS = 100;

    private Collapse() {}

    /** What is to be sent in the place of tasks of URLs of one tenant. */
    static List<RefreshTask> of(List<RefreshTask> urls, String device) {
        Set<Target> prefixes = new LinkedHashSet<>();
        Set<Target> hosts = new LinkedHashSet<>();
        boolean isSoft = true;
        for (RefreshTask task : urls) {
            isSoft &= task.options().mode() == Mode.SOFT;
            for (Target url : task.targets()) {
                hosts.add(new Target("", url.host(), ""));
                if (prefixes.size() <= MOST_PREFIXES) {
                    prefixes.add(new Target("", url.host(), directory(url.path())));
                }
            }
        }
        boolean isHosts = prefixes.size() > MOST_PREFIXES;
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .mode(isSoft ? Mode.SOFT : Mode.HARD)
                .verify(Verify.NONE)
                .priority(Priority.BULK)
                .scope(new Scope(List.of(), List.of(), List.of(device), List.of()))
                .labels(Map.of(LABEL, device))
                .build();
        List<Target> targets = new ArrayList<>(isHosts ? hosts : prefixes);
        List<RefreshTask> tasks = new ArrayList<>();
        for (int from = 0; from < targets.size(); from += TARGETS) {
            tasks.add(new RefreshTask(
                    isHosts ? TaskKind.HOST : TaskKind.PREFIX,
                    targets.subList(from, Math.min(targets.size(), from + TARGETS)),
                    options,
                    urls.get(0).tenant(),
                    ""));
        }
        return tasks;
    }

    /** The path up to its last slash, without the query. */
    static String directory(String path) {
        int query = path.indexOf('?');
        String plain = query < 0 ? path : path.substring(0, query);
        return plain.substring(0, plain.lastIndexOf('/') + 1);
    }
}
