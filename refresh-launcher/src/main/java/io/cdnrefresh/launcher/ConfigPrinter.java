// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Writes the table and configurations for people. Secrets are masked. */
final class ConfigPrinter {
    private static final String MASK = "****";
    private static final String END = System.lineSeparator();

    private ConfigPrinter() {}

    /** All keys with their defaults, as a file that can be used. */
    static String defaults() {
        StringBuilder out = new StringBuilder("# Every key with its default.").append(END);
        String section = "";
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.section().equals(section)) {
                section = key.section();
                out.append(END);
                out.append(key.isRepeated() ? "# one such table for each cache" + END + "# [[" : "[")
                        .append(section.replace("[]", ""))
                        .append(key.isRepeated() ? "]]" : "]")
                        .append(END);
            }
            out.append("# ")
                    .append(key.doc())
                    .append(" (")
                    .append(key.type().expected())
                    .append(')');
            out.append(END)
                    .append(key.isRepeated() ? "# " : "")
                    .append(key.name())
                    .append(" = ");
            out.append(key.fallback().isEmpty() ? "…" : key.fallback()).append(END);
        }
        return out.toString();
    }

    /** The reference of all keys in Markdown: the file {@code docs/configuration.md}. */
    static String markdown() {
        StringBuilder out = new StringBuilder();
        out.append("""
            # Configuration

            Written from the table in the code (`ConfigTable`); a test fails when this page differs from it.

            A configuration file is TOML. Every key has a default; `refresh config defaults` prints them all as a file,
            `refresh config check FILE` looks for faults. Over the file count environment variables, over those
            `--set key=value` on the command line. A key named `proxy.cache[].x` belongs to each `[[proxy.cache]]` table;
            elsewhere its entries are numbered: `--set proxy.cache.0.url=…`, `REFRESH_PROXY_CACHE_0_URL`.

            A fault stops the start with exit code 2 and one line for each: where, key, value, what is allowed.
            Unknown keys are faults.

            A secret is better kept in a file of its own: `KEY = "file:/etc/refresh/token"` for keys of type secret, or for any
            key the variable with `_FILE` at its end: `REFRESH_STORE_PASSWORD_FILE=/run/secrets/db`. A line feed at its end
            does not count.

            `kill -HUP PID`, `systemctl reload` and `POST /v1/engine/reload` read all of it again. Keys with a ✓ count from then
            on; a change of another is named in the answer and in the log, and waits for a restart. With any fault nothing
            changes, and every fault is in the answer and in the log. The contents of certificates and keys for TLS are read
            again by themselves, within 2 s of a change.

            A proxy takes `[[proxy.cache]]` from it at SIGHUP, too, without losing anything under way; so does
            `POST /v1/proxy/reload`.

            Times are written as `250ms`, `30s`, `5m` or `1h`, sizes as `512B`, `64KiB`, `1MiB` or `1GiB`.

            """);
        String section = "";
        for (ConfigKey key : ConfigTable.KEYS) {
            String top = key.path().substring(0, key.path().indexOf('.'));
            if (!top.equals(section)) {
                section = top;
                out.append(out.charAt(out.length() - 2) == '|' ? "\n" : "")
                        .append("## ")
                        .append(section)
                        .append("\n\n")
                        .append("| key | default | type | allowed | reload | meaning |\n")
                        .append("|---|---|---|---|---|---|\n");
            }
            out.append("| `").append(key.path()).append("` | ");
            out.append(key.fallback().isEmpty() ? "" : "`" + key.fallback() + "`")
                    .append(" | ");
            out.append(key.type().name()).append(" | ");
            out.append(key.type().expected().replace("|", "\\|")).append(" | ");
            out.append(key.reloadable() ? "✓" : "").append(" | ");
            out.append(key.doc()).append(" |\n");
        }
        return out.toString();
    }

    /** What differs from the defaults, in one line. */
    static String changes(Config config) {
        StringJoiner out = new StringJoiner(" ", "[", "]");
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.isRepeated() && config.origins().containsKey(key.path())) {
                out.add(key.path() + "=" + shown(key, config));
            }
        }
        for (Config.Cache cache : config.caches()) {
            out.add("proxy.cache." + cache.name() + "=" + cache.driver() + "@" + masked(cache.url()));
        }
        return out.toString();
    }

    /** Everything that counts, one key a line, with where it comes from. */
    static List<String> effective(Config config) {
        Map<String, String> lines = new TreeMap<>();
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.isRepeated()) {
                lines.put(
                        key.path(),
                        shown(key, config) + "  # " + config.origins().getOrDefault(key.path(), "default"));
            }
        }
        for (Config.Cache cache : config.caches()) {
            lines.put("proxy.cache." + cache.name(), cache.driver() + " " + masked(cache.url()) + " " + cache.layer());
        }
        return lines.entrySet().stream()
                .map(line -> line.getKey() + " = " + line.getValue())
                .toList();
    }

    private static String shown(ConfigKey key, Config config) {
        Object value = config.values().get(key.path());
        if (key.type().secret()) {
            return "".equals(value) ? "" : MASK;
        }
        return value instanceof Duration time ? ValueType.shown(time) : masked(String.valueOf(value));
    }

    /** The text without the password of a URL in it. */
    static String masked(String text) {
        return text.replaceAll("(://[^/@\\s]*?:)[^/@\\s]*@", "$1" + MASK + "@")
                .replaceAll("(?i)([?&;][\\w.-]*(?:password|pass|secret|token|key|signature)=)[^&;\\s]*", "$1" + MASK);
    }
}
