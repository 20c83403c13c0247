// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.tls.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TLS as the configuration wants it. */
final class TlsSettings {
    private TlsSettings() {}

    /**
     * Looks at the keys of the roles that start.
     *
     * @throws ConfigException naming each file that is missing
     */
    static void check(Config config, boolean engine, boolean proxy) {
        List<ConfigFault> faults = new ArrayList<>();
        if (engine) {
            checkServer(config, "engine.http", faults);
            checkServer(config, "engine.rpc", faults);
        }
        if (engine) {
            checkFile(config, "store.tls-ca", false, faults);
        }
        if (engine && config.flag("engine.rpc.tls")) {
            checkFile(config, "engine.rpc.tls-client-ca", false, faults);
        }
        if (proxy && config.flag("proxy.tls")) {
            checkFile(config, "proxy.tls-ca", false, faults);
            boolean hasOwn = !config.text("proxy.tls-cert").isEmpty()
                    || !config.text("proxy.tls-key").isEmpty();
            checkFile(config, "proxy.tls-cert", hasOwn, faults);
            checkFile(config, "proxy.tls-key", hasOwn, faults);
        }
        if (!faults.isEmpty()) {
            throw new ConfigException(faults);
        }
    }

    private static void checkServer(Config config, String listener, List<ConfigFault> faults) {
        if (config.flag(listener + ".tls")) {
            checkFile(config, listener + ".tls-cert", true, faults);
            checkFile(config, listener + ".tls-key", true, faults);
        }
    }

    private static void checkFile(Config config, String key, boolean isRequired, List<ConfigFault> faults) {
        String file = config.text(key);
        if (file.isEmpty() ? isRequired : !Files.isReadable(Path.of(file))) {
            faults.add(new ConfigFault(
                    config.origins().getOrDefault(key, "default"), key, file, "a PEM file that can be read"));
        }
    }

    /** For a listener of the engine; null if it speaks no TLS. The caller closes it. */
    static @Nullable TlsFiles server(Config config, String listener) {
        if (!config.flag(listener + ".tls")) {
            return null;
        }
        Path clients = listener.equals("engine.rpc") ? file(config, "engine.rpc.tls-client-ca") : null;
        return TlsFiles.server(
                Path.of(config.text(listener + ".tls-cert")), Path.of(config.text(listener + ".tls-key")), clients);
    }

    /** For the proxy's links; null if they use no TLS. The caller closes it. */
    static @Nullable TlsFiles client(Config config) {
        return config.flag("proxy.tls")
                ? TlsFiles.client(
                        file(config, "proxy.tls-ca"), file(config, "proxy.tls-cert"), file(config, "proxy.tls-key"))
                : null;
    }

    private static @Nullable Path file(Config config, String key) {
        return config.text(key).isEmpty() ? null : Path.of(config.text(key));
    }

    /** Whether proxies over RPC need a certificate that names their device. */
    static boolean namesDevices(Config config) {
        return config.flag("engine.rpc.tls")
                && !config.text("engine.rpc.tls-client-ca").isEmpty();
    }
}
