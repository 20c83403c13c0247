// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.Reload;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration anew: the same file, environment and options as at the start. What the table of keys calls
 * reloadable counts from then on; other changes are named and wait for a restart; a fault leaves everything as it is.
 * Thread-safe; one reload at a time.
 */
final class Reloader implements Reload {
    private static final Logger logger = LoggerFactory.getLogger(Reloader.class);
    private static final String CACHES = "proxy.cache";

    private final Supplier<Config> source;
    private final Consumer<Config> check;
    private final List<Consumer<Config>> users = new CopyOnWriteArrayList<>();
    private Config known; // under this
    private volatile @Nullable Consumer<List<Config.Cache>> caches;

    /**
     * Creates one.
     *
     * @param source reads everything, or throws with every fault
     * @param check throws if the configuration must not be used, though each key may have its value
     */
    Reloader(Config known, Supplier<Config> source, Consumer<Config> check) {
        this.known = known;
        this.source = source;
        this.check = check;
    }

    /** Adds one who uses reloadable keys; told of each configuration that was read and has changed some of them. */
    void add(Consumer<Config> user) {
        users.add(user);
    }

    /** Lets a reload change the caches, too; without this they wait for a restart. The user throws if it cannot take them. */
    void caches(Consumer<List<Config.Cache>> user) {
        caches = user;
    }

    @Override
    public synchronized Result reload() {
        Config read;
        try {
            read = source.get();
            check.accept(read);
        } catch (ConfigException wrong) {
            wrong.faults()
                    .forEach(fault -> logger.error(
                            "configuration not read again fault={}", ConfigPrinter.masked(fault.toString())));
            return new Result(
                    List.of(),
                    List.of(),
                    wrong.faults().stream()
                            .map(fault -> new Wrong(
                                    fault.source(), fault.key(), ConfigPrinter.masked(fault.value()), fault.expected()))
                            .toList());
        }
        List<String> changed = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.isRepeated()
                    && !Objects.equals(
                            known.values().get(key.path()), read.values().get(key.path()))) {
                (key.reloadable() ? changed : refused).add(key.path());
            }
        }
        boolean areCachesNew = !known.caches().equals(read.caches());
        Consumer<List<Config.Cache>> user = caches;
        if (areCachesNew && user == null) {
            refused.add(CACHES);
        } else if (areCachesNew && user != null) {
            try {
                user.accept(read.caches());
            } catch (IllegalArgumentException wrong) {
                logger.error("configuration not read again, all stays as it was", wrong);
                return new Result(
                        List.of(),
                        List.of(),
                        List.of(new Wrong("configuration", CACHES, "", String.valueOf(wrong.getMessage()))));
            }
        }
        // what waits for a restart is told again by the next reload, so it is not known
        known = known.with(read, changed);
        if (areCachesNew && user != null) {
            known = new Config(known.values(), read.caches(), known.origins());
            changed.add(CACHES);
        }
        if (!changed.isEmpty()) {
            Config now = known;
            users.forEach(each -> each.accept(now));
        }
        logger.info("configuration read again changed={}", changed);
        refused.forEach(key -> logger.warn("key needs a restart key={}", key));
        return new Result(changed, refused, List.of());
    }
}
