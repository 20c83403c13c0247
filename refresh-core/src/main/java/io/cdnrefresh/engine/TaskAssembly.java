// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.TaskBody.RawTarget;
import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a task of a body. Every fault of every target is found before anything is refused. Used by one thread at a time:
 * first {@link #prepare}, then, for patterns, {@link #compile} where it may take long, then {@link #task}.
 */
final class TaskAssembly {
    private final TaskBody body;
    private final ApiLimits limits;
    private List<Target> targets = new ArrayList<>(1);
    /** The index in the request of each of {@code targets}. */
    private final List<RawTarget> sources;

    private final List<Fault> invalid;

    TaskAssembly(TaskBody body, ApiLimits limits) {
        this.body = body;
        this.limits = limits;
        this.invalid = body.invalidTargets;
        this.sources = new ArrayList<>(body.kind == TaskKind.REGEX ? body.targets.size() : 0);
    }

    boolean isDryRun() {
        return body.isDryRun;
    }

    /** The tenant that the body names; null = none. */
    @Nullable
    String tenant() {
        return body.tenant;
    }

    /** The targets that were left out, by index. */
    List<Fault> invalid() {
        return invalid;
    }

    boolean needsCompile() {
        return !sources.isEmpty();
    }

    void prepare() {
        requireFitting();
        if (body.kind == TaskKind.ALL) {
            return;
        }
        requireCount();
        boolean isBatch = body.targets.size() > 1 && (body.kind == TaskKind.URL || body.kind == TaskKind.PRELOAD);
        TargetList.Builder urls =
                isBatch ? new TargetList.Builder(body.targets.size(), body.targets.size() * 48) : null;
        for (RawTarget raw : body.targets) {
            try {
                if (urls != null && raw.host() == null) {
                    urls.url(raw.text());
                } else {
                    add(raw);
                }
            } catch (InvalidTargetException refusal) {
                String value = raw.host() == null ? raw.text() : raw.host() + " " + raw.text();
                invalid.add(new Fault(raw.index(), "targets", value, refusal.code(), refusal.allowed()));
            }
        }
        if (urls != null) {
            targets = urls.build();
        }
    }

    private void add(RawTarget raw) {
        if ((raw.host() != null) != (body.kind == TaskKind.REGEX)) {
            String allowed = body.kind == TaskKind.REGEX ? "an object with host and pattern" : "a string";
            invalid.add(new Fault(raw.index(), "targets", raw.text(), Fault.WRONG_TYPE, allowed));
            return;
        }
        switch (body.kind) {
            case URL, PRELOAD -> targets.add(Target.url(raw.text()));
            case PREFIX -> targets.add(Target.prefix(raw.text()));
            case HOST -> targets.add(Target.host(raw.text()));
            case TAG -> {
                for (String host : body.hosts) {
                    targets.add(Target.tag(host, raw.text()));
                }
            }
            case REGEX -> {
                targets.add(Target.regex(String.valueOf(raw.host()), raw.text()));
                sources.add(raw);
            }
            case ALL -> throw new AssertionError("targets of all");
        }
    }

    /** Checks every pattern; may take tens of milliseconds each. */
    void compile() {
        PatternCheck check = new PatternCheck(limits.patternSize(), limits.patternNesting());
        Iterator<RawTarget> source = sources.iterator();
        for (Iterator<Target> target = targets.iterator(); target.hasNext(); ) {
            String pattern = target.next().path();
            RawTarget raw = source.next();
            String allowed = check.faultOf(pattern);
            if (allowed != null) {
                invalid.add(new Fault(raw.index(), "targets", pattern, "bad-pattern", allowed));
                target.remove();
            }
        }
    }

    /**
     * The task.
     *
     * @throws ProblemException 400 with everything that was found
     */
    RefreshTask task(String trace) {
        List<Fault> faults = body.faults();
        boolean isLeft = !targets.isEmpty() || body.kind == TaskKind.ALL;
        invalid.sort(Comparator.comparingInt(Fault::index));
        if (!faults.isEmpty() || !invalid.isEmpty() && !(body.isPartial && isLeft)) {
            List<Fault> all = new ArrayList<>(faults);
            all.addAll(invalid);
            throw new ProblemException(Problem.invalid(all));
        }
        if (!body.hasMode && (body.kind == TaskKind.ALL || body.kind == TaskKind.HOST)) {
            body.options().mode(Mode.SOFT);
        }
        return new RefreshTask(body.kind, targets, body.builtOptions(), "", trace);
    }

    /** Fields that depend on the type. */
    private void requireFitting() {
        TaskKind kind = body.kind;
        forbid(body.hasHosts && kind != TaskKind.TAG, "hosts", "only with type tag");
        forbid(body.hasHeaders && kind != TaskKind.PRELOAD, "headers", "only with type preload");
        forbid(!body.hasPreload.isEmpty() && kind != TaskKind.PRELOAD, body.hasPreload, "only with type preload");
        forbid(body.isQueryIgnored && kind != TaskKind.URL, "query", "ignore only with type url");
        forbid(body.confirm != null && kind != TaskKind.ALL, "confirm", "only with type all");
        forbid(body.targetCount >= 0 && kind == TaskKind.ALL, "targets", "no targets with type all");
        TaskOptions options = body.builtOptions();
        if (options.spread().compareTo(options.deadline()) >= 0 && !hasFaultOf("spread")) {
            String allowed = "less than the deadline, " + options.deadline().toMillis() + "ms";
            body.faults().add(Fault.of("spread", options.spread().toMillis() + "ms", Fault.BAD_VALUE, allowed));
        }
        if (kind == TaskKind.ALL && !"all".equals(body.confirm)) {
            String sent = body.confirm == null ? "" : body.confirm;
            String code = body.confirm == null ? Fault.MISSING_FIELD : Fault.BAD_VALUE;
            body.faults()
                    .add(Fault.of("confirm", sent, code, "\"all\", since this empties every host on every device"));
        }
        if (kind == TaskKind.TAG && body.hosts.isEmpty() && !hasFaultOf("hosts")) {
            String code = body.hasHosts ? Fault.TOO_FEW : Fault.MISSING_FIELD;
            body.faults().add(Fault.of("hosts", "", code, "the hosts whose objects carry the tags"));
        }
    }

    private void forbid(boolean isPresent, String field, String allowed) {
        if (isPresent) {
            body.faults().add(Fault.of(field, "", Fault.NOT_WITH_THIS_TYPE, allowed));
        }
    }

    private void requireCount() {
        boolean isUrl = body.kind == TaskKind.URL || body.kind == TaskKind.PRELOAD;
        int max = isUrl ? limits.urlTargets() : limits.broadTargets();
        int count = body.targetCount;
        if (count <= 0) {
            if (!hasFaultOf("targets")) {
                String code = count < 0 ? Fault.MISSING_FIELD : Fault.TOO_FEW;
                body.faults().add(Fault.of("targets", "", code, allowedCount(max)));
            }
        } else if (count > max || body.kind == TaskKind.TAG && count * body.hosts.size() > limits.urlTargets()) {
            body.faults().removeIf(fault -> fault.field().equals("targets"));
            String most = body.kind == TaskKind.TAG ? ", tags times hosts at most " + limits.urlTargets() : "";
            body.faults().add(Fault.of("targets", Integer.toString(count), Fault.TOO_MANY, allowedCount(max) + most));
            body.targets.clear();
            invalid.clear();
        }
    }

    private static String allowedCount(int max) {
        return "1 to " + max + " targets";
    }

    private boolean hasFaultOf(String field) {
        for (Fault fault : body.faults()) {
            if (fault.field().equals(field)) {
                return true;
            }
        }
        return false;
    }
}
