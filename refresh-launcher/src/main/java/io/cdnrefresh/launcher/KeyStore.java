// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskStore;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The store that a configuration names, and whether it has keys. */
final class KeyStore {
    private static final String LISTENER = "engine.http.host";
    private static final Logger logger = LoggerFactory.getLogger(KeyStore.class);

    private KeyStore() {}

    /** Opens the store; an embedded one in this file. */
    static TaskStore open(Config config, Path database) {
        if ("memory".equals(config.text("engine.durability"))) {
            logger.warn("engine.durability=memory: tasks are lost when this process dies");
            return new MemoryStore();
        }
        String url = config.text("store.url");
        if (!url.isEmpty()) {
            DriverLoader.register(url);
        }
        return builder(config, database).build();
    }

    /** The same, where the driver is there. */
    static JdbcStore.Builder builder(Config config, Path database) {
        String url = config.text("store.url");
        JdbcStore.Builder store = JdbcStore.builder().reserveBytes(config.number("store.reserve"));
        if (url.isEmpty()) {
            return store.url("jdbc:sqlite:" + database);
        }
        store.url(url);
        if (!config.text("store.user").isEmpty()) {
            store.user(config.text("store.user"));
        }
        if (!config.text("store.password").isEmpty()) {
            store.password(config.text("store.password"));
        }
        if (!config.text("store.tls-ca").isEmpty()) {
            store.trust(Path.of(config.text("store.tls-ca")));
        }
        return store;
    }

    /**
     * How callers are known. An API that faces the network needs keys; a store that is away now is asked later, and until
     * then nobody is let in.
     *
     * @throws ConfigException if it has none
     */
    static AuthOptions auth(Config config, TaskStore store) {
        String listener = !ExposureCheck.isLoopback(config.text(LISTENER)) || !DialectServer.isOn(config)
                ? LISTENER
                : DialectServer.LISTENER;
        boolean isPublic = !ExposureCheck.isLoopback(config.text(listener));
        boolean needsKeys = isPublic && !config.flag("auth.insecure");
        if (needsKeys && store instanceof RegistryStore registry && hasNoKeys(registry)) {
            throw new ConfigException(List.of(new ConfigFault(
                    config.origins().getOrDefault(listener, "default"),
                    listener,
                    config.text(listener),
                    "a loopback address, because there are no API keys: make one with refresh key add --admin NAME"
                            + " --config FILE; or auth.insecure = true")));
        }
        return new AuthOptions(needsKeys, config.text("auth.signing-secret"), config.text("auth.peer-secret"));
    }

    private static boolean hasNoKeys(RegistryStore registry) {
        try {
            return registry.load().access().keys().isEmpty();
        } catch (StoreException e) {
            if (e.category() == Category.RETRYABLE) {
                return false;
            }
            throw e;
        }
    }
}
