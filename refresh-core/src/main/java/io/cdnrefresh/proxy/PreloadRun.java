// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Placement;
import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A preload through the caches that clients ask: the targets with their variants and ranges, and what playlists and
 * redirects lead to. Owned by the agent; not thread-safe, but for the bytes.
 */
final class PreloadRun extends CommandRun {
    private static final long REPORT_NANOS = 5_000_000_000L;

    final PreloadOptions options;
    /** Read so far, of all attempts; thread-safe. */
    final AtomicLong readBytes = new AtomicLong();

    private final List<PreloadWork> works = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();
    private final @Nullable Pacer pacer;
    private final List<Integer> elsewhere = new ArrayList<>(0);
    private int followed;
    private int leftOut;
    private int loaded;
    private long loadedBytes;
    private long toldBytes;
    private long nextTellNanos;

    PreloadRun(Entry entry, Command command, Shop shop) {
        super(entry, command, shop, Duration.ZERO);
        options = task().options().preload();
        pacer = options.rate() > 0 ? new Pacer(options.rate(), shop.loop.clock()) : null;
    }

    /** Begins once every earlier refresh that covers a target is finished and its fences are closed. */
    @Override
    void start() {
        List<PreloadWork> first = new ArrayList<>();
        for (Unit unit : unitsToDo()) {
            if (!isHere(unit)) {
                elsewhere.add(unit.index());
                continue;
            }
            for (Unit request : requests(unit)) {
                for (CacheLane lane : shop.outermost()) {
                    PreloadWork work = new PreloadWork(this, lane, request, options.depth(), 0);
                    boolean unused = isNew(work, work.target());
                    first.add(work);
                }
            }
        }
        if (first.isEmpty()) {
            finishIfDone();
            return;
        }
        add(first, task());
        nextTellNanos = shop.loop.nowNanos() + REPORT_NANOS;
    }

    /** Each unit with each variant and range. */
    private List<Unit> requests(Unit unit) {
        List<String> variants = new ArrayList<>(options.variants());
        variants.add(0, "");
        List<String> ranges = options.ranges().isEmpty() ? List.of("") : options.ranges();
        List<Unit> requests = new ArrayList<>(variants.size() * ranges.size());
        for (String variant : variants) {
            for (String range : ranges) {
                requests.add(unit.with(variant).with(range.isEmpty() ? "" : "Range: bytes=" + range));
            }
        }
        return requests;
    }

    /** Of a pod one node fetches an object: the one with the highest number for the two. */
    private boolean isHere(Unit unit) {
        List<String> pod = shop.settings.preloads().pod();
        if (pod.size() < 2 || options.placement() == Placement.ALL || unit.purge() == null) {
            return true;
        }
        String object = unit.purge().target().identity();
        String owner = "";
        long highest = -1;
        for (String node : pod) {
            CRC32 crc = new CRC32();
            crc.update((object + " " + node).getBytes(StandardCharsets.UTF_8));
            long mixed = crc.getValue() * 0x9E3779B97F4A7C15L >>> 1;
            if (mixed > highest) {
                highest = mixed;
                owner = node;
            }
        }
        return owner.equals(shop.settings.device());
    }

    /** More to fetch: each once its own refreshes are through. */
    private void add(List<PreloadWork> more, RefreshTask objects) {
        works.addAll(more);
        expect(more.size());
        Collection<RefreshRun> covering = shop.covers.covering(objects);
        if (covering.isEmpty()) {
            more.forEach(this::begin);
            return;
        }
        int[] blockers = {covering.size()};
        covering.forEach(refresh -> refresh.addDependent(() -> {
            if (--blockers[0] == 0) {
                more.forEach(this::begin);
            }
        }));
    }

    private void begin(PreloadWork work) {
        long jitterNanos = shop.settings.preloads().jitter().toNanos();
        if (jitterNanos > 0 && work.hops == 0) {
            shop.loop.after((long) (jitterNanos * shop.random.nextDouble()), () -> shop.enqueue(work));
        } else {
            shop.enqueue(work);
        }
    }

    /**
     * Fetches what a playlist names.
     *
     * @return why it cannot; empty if it can
     */
    String follow(PreloadWork from, List<String> references) {
        PreloadLimits limits = shop.settings.preloads();
        for (String reference : references) {
            Target target = Playlist.resolve(from.target(), reference);
            if (target == null || !isAllowed(from, target)) {
                leftOut++;
                continue;
            }
            if (!isNew(from, target)) {
                continue;
            }
            if (++followed > limits.maxObjects()) {
                return "more than " + limits.maxObjects() + " objects in playlists";
            }
            fetch(from, target, from.depth - 1);
        }
        return "";
    }

    /**
     * Fetches where a redirect leads.
     *
     * @return why it cannot; empty if it can
     */
    String redirect(PreloadWork from, String location) {
        Target target = Playlist.resolve(from.target(), location);
        if (target == null || !isAllowed(from, target)) {
            return "leads to a host that is not allowed";
        }
        if (from.hops >= PreloadWork.MAX_HOPS) {
            return "more than " + PreloadWork.MAX_HOPS + " redirects";
        }
        if (isNew(from, target)) {
            fetch(from, target, from.depth);
        }
        return "";
    }

    private boolean isAllowed(PreloadWork from, Target target) {
        return target.host().equals(from.target().host()) || options.hosts().contains(target.host());
    }

    private boolean isNew(PreloadWork from, Target target) {
        return seen.add(from.lane.cache.name() + " " + target.wire() + " " + from.unit.headers());
    }

    private void fetch(PreloadWork from, Target target, int depth) {
        Unit unit = from.unit.at(target);
        RefreshTask object = RefreshTask.of(TaskKind.PRELOAD, List.of(target)).withTenant(tenant);
        add(List.of(new PreloadWork(this, from.lane, unit, depth, from.hops + 1)), object);
    }

    void loaded(long bytes) {
        loaded++;
        loadedBytes += bytes;
    }

    /** How long nothing more is read after a piece, by the task's own limit; thread-safe. */
    long pauseNanos(int bytes) {
        return pacer == null ? 0 : pacer.pauseNanos(bytes);
    }

    /** Says how far it is, every few seconds; called while a fetch is under way. */
    void tell() {
        long bytes = readBytes.get();
        long nowNanos = shop.loop.nowNanos();
        if (nowNanos - nextTellNanos >= 0 && bytes != toldBytes) {
            nextTellNanos = nowNanos + REPORT_NANOS;
            toldBytes = bytes;
            String progress = "so far " + loaded + " objects, " + bytes + " bytes";
            List<TargetResult> first = List.of(new TargetResult(0, Outcome.PENDING, progress));
            shop.interim(
                    this,
                    new RunResult(Outcome.PENDING, first, shop.loop.clock().now()));
        }
    }

    @Override
    void addTo(RunResult.Collector collector) {
        String rest = (elsewhere.isEmpty() ? "" : "; " + elsewhere.size() + " targets by other nodes of the pod")
                + (leftOut == 0 ? "" : "; " + leftOut + " references to other hosts left out");
        elsewhere.forEach(index -> collector.add(index, Outcome.PRELOADED, ""));
        collector.note(Outcome.PRELOADED, loaded + " objects, " + loadedBytes + " bytes" + rest);
    }

    @Override
    List<PreloadWork> works() {
        return works;
    }
}
