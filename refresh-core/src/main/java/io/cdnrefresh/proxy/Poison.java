// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which commands were under way when this proxy or one of its caches died. Who was there at one death is suspect, and
 * called only while no other suspect is; who was there at {@value #DEATHS} is quarantined. Owned by the agent; not
 * thread-safe.
 *
 * <pre>
 * in-flight    512 slots of 16 bytes, mapped, so that they outlive the process: task, step, 1 while in use
 * deaths       a line for each suspect: task step deaths; the latest {@value #MAX_SUSPECTS}
 * </pre>
 *
 * <p>Without a folder only the deaths of caches are known, and only to this life of the proxy.
 */
final class Poison {
    /** So many deaths with a command under way, and it is quarantined. */
    static final int DEATHS = 2;

    static final int MAX_SUSPECTS = 4_096;

    private static final Logger logger = LoggerFactory.getLogger(Poison.class);
    private static final int SLOTS = 512;
    private static final int SLOT_BYTES = 16;

    private final @Nullable Path folder;
    private final Map<Entry.Key, Integer> deaths = new LinkedHashMap<>();
    private final Map<Entry.Key, Use> inUse = new HashMap<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private Entry.@Nullable Key active;
    private @Nullable MappedByteBuffer slots;

    Poison(@Nullable Path folder) {
        this.folder = folder;
    }

    /** Reads what an earlier life left. What was under way then has seen a death, since an orderly end leaves nothing. */
    void start() {
        Path known = folder;
        if (known == null) {
            return;
        }
        try {
            Files.createDirectories(known);
            readDeaths(known.resolve("deaths"));
            MappedByteBuffer map = map(known.resolve("in-flight"));
            List<Entry.Key> left = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                if (map.getInt(slot * SLOT_BYTES + 12) == 1) {
                    left.add(new Entry.Key(map.getLong(slot * SLOT_BYTES), map.getInt(slot * SLOT_BYTES + 8)));
                }
                map.putInt(slot * SLOT_BYTES + 12, 0);
                free.add(slot);
            }
            slots = map;
            died(left, "proxy");
        } catch (IOException e) {
            logger.error("deaths are not remembered folder={}", known, e);
        }
    }

    private static MappedByteBuffer map(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) SLOTS * SLOT_BYTES);
        }
    }

    private void readDeaths(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            String[] parts = line.split(" ", -1);
            if (parts.length == 3 && line.matches("[0-9]{1,18} [0-9]{1,3} [0-9]{1,3}")) {
                Entry.Key key = new Entry.Key(Long.parseLong(parts[0]), Integer.parseInt(parts[1]));
                deaths.put(key, Integer.parseInt(parts[2]));
            }
        }
    }

    /** Whether the command may not be executed here. */
    boolean isQuarantined(Entry.Key command) {
        return deaths.getOrDefault(command, 0) >= DEATHS;
    }

    /** Whether the call may be made; if not, the work is kept until it may. */
    boolean tryBegin(Work work) {
        Entry.Key key = work.run.entry.key();
        if (deaths.containsKey(key)) {
            if (active != null && !active.equals(key)) {
                waiting.add(work);
                return false;
            }
            active = key;
        }
        Use use = inUse.computeIfAbsent(key, any -> new Use(free.isEmpty() ? -1 : free.remove()));
        if (use.calls++ == 0) {
            write(use.slot, key, 1);
        }
        return true;
    }

    /** A call that was begun has ended. */
    void ended(Work work) {
        Entry.Key key = work.run.entry.key();
        Use use = inUse.get(key);
        if (use == null || --use.calls > 0) {
            return;
        }
        inUse.remove(key);
        write(use.slot, key, 0);
        if (use.slot >= 0) {
            free.add(use.slot);
        }
        if (key.equals(active)) {
            active = null;
            for (Work next = waiting.poll(); next != null; next = waiting.poll()) {
                next.lane.add(next);
            }
        }
    }

    private void write(int slot, Entry.Key key, int used) {
        MappedByteBuffer map = slots;
        if (map != null && slot >= 0) {
            map.putLong(slot * SLOT_BYTES, key.task());
            map.putInt(slot * SLOT_BYTES + 8, key.step());
            map.putInt(slot * SLOT_BYTES + 12, used);
        }
    }

    /** Something died while these were under way. */
    void died(Collection<Entry.Key> commands, String who) {
        for (Entry.Key key : commands) {
            int count = deaths.merge(key, 1, Integer::sum);
            logger.warn(
                    "died with a command under way who={} task={} step={} deaths={}",
                    who,
                    key.task(),
                    key.step(),
                    count);
        }
        while (deaths.size() > MAX_SUSPECTS) {
            deaths.remove(deaths.keySet().iterator().next());
        }
        if (!commands.isEmpty()) {
            save();
        }
    }

    /** The command has ended by itself: whatever died, it was not by this. */
    void finished(Entry.Key command) {
        if (deaths.containsKey(command) && !isQuarantined(command)) {
            deaths.remove(command);
            save();
        }
    }

    /** A few lines, after a death: the agent may wait for them. */
    private void save() {
        Path known = folder;
        if (known == null) {
            return;
        }
        StringBuilder text = new StringBuilder();
        deaths.forEach((key, count) -> text.append(key.task())
                .append(' ')
                .append(key.step())
                .append(' ')
                .append(count)
                .append('\n'));
        try {
            Path next = known.resolve("deaths.new");
            Files.writeString(next, text);
            Files.move(
                    next, known.resolve("deaths"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            logger.error("deaths are not remembered folder={}", known, e);
        }
    }

    /** An orderly end: nothing under way has died. */
    void stop() {
        MappedByteBuffer map = slots;
        for (int slot = 0; map != null && slot < SLOTS; slot++) {
            map.putInt(slot * SLOT_BYTES + 12, 0);
        }
    }

    private static final class Use {
        private final int slot;
        private int calls;

        private Use(int slot) {
            this.slot = slot;
        }
    }
}
