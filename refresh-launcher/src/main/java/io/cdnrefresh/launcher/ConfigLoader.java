// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.Config.Cache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Reads a configuration: the file, over it the environment, over it {@code --set}. Collects every fault and throws them
 * together. Not thread-safe; for one use.
 */
final class ConfigLoader {
    private static final String CACHES = "proxy.cache";
    private static final String FILE = "file:";
    private static final Pattern CACHE_KEY = Pattern.compile("proxy\\.cache\\.(\\d{1,3})\\.([a-z-]+)");
    private static final Pattern CACHE_VARIABLE = Pattern.compile("REFRESH_PROXY_CACHE_(\\d{1,3})_([A-Z]+)");

    private final List<ConfigFault> faults = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();
    private final Map<String, String> origins = new HashMap<>();
    /** The caches as they are given, by their number. */
    private final TreeMap<Integer, Map<String, Object>> caches = new TreeMap<>();

    private ConfigLoader() {}

    /**
     * Reads and checks.
     *
     * @param file the file; null = defaults
     * @param environment the process's variables
     * @param overrides {@code KEY=VALUE}, later ones win
     * @param extraCaches {@code DRIVER=URL}, added to those of the file
     * @throws ConfigException if anything is wrong, with all that is wrong
     */
    static Config load(
            @Nullable Path file, Map<String, String> environment, List<String> overrides, List<String> extraCaches) {
        ConfigLoader loader = new ConfigLoader();
        if (file != null) {
            loader.readFile(file);
        }
        loader.readEnvironment(environment);
        overrides.forEach(loader::readOverride);
        extraCaches.forEach(loader::readCache);
        List<Cache> found = loader.buildCaches();
        if (!loader.faults.isEmpty()) {
            throw new ConfigException(loader.faults);
        }
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.isRepeated()) {
                loader.values.putIfAbsent(key.path(), fallback(key));
            }
        }
        return new Config(loader.values, found, loader.origins);
    }

    /** A key's default as a value. */
    static Object fallback(ConfigKey key) {
        String text = key.fallback();
        if (text.startsWith("[")) {
            text = text.substring(1, text.length() - 1);
        }
        String plain = text.replace("\"", "");
        return Objects.requireNonNull(key.type().fromText().apply(plain), key.path());
    }

    private void readFile(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            faults.add(new ConfigFault(file.toString(), "--config", file.toString(), "a readable file in UTF-8"));
            return;
        }
        TomlParseResult toml = Toml.parse(text);
        for (TomlParseError error : toml.errors()) {
            faults.add(new ConfigFault(
                    file + ":" + error.position().line(), "syntax", oneLine(error.getMessage()), "TOML 1.0"));
        }
        if (!toml.hasErrors()) {
            readTable(file, toml, "");
        }
    }

    private void readTable(Path file, TomlTable table, String prefix) {
        for (String name : table.keySet()) {
            String path = prefix + name;
            String source = file + ":" + line(table, name);
            Object raw = Objects.requireNonNull(table.get(List.of(name)));
            if (path.equals(CACHES)) {
                readCaches(file, source, raw);
            } else if (raw instanceof TomlTable inner && ConfigTable.find(path) == null) {
                if (isSection(path)) {
                    readTable(file, inner, path + ".");
                } else {
                    faults.add(new ConfigFault(source, path, "a table", "a key that exists: see config defaults"));
                }
            } else {
                put(source, path, path, raw, false, values);
            }
        }
    }

    private void readCaches(Path file, String source, Object raw) {
        if (!(raw instanceof TomlArray array) || !array.toList().stream().allMatch(TomlTable.class::isInstance)) {
            faults.add(new ConfigFault(source, CACHES, shown(raw), "tables: [[" + CACHES + "]]"));
            return;
        }
        for (int i = 0; i < array.size(); i++) {
            TomlTable table = array.getTable(i);
            Map<String, Object> entry = caches.computeIfAbsent(i, n -> new HashMap<>());
            for (String name : table.keySet()) {
                Object value = Objects.requireNonNull(table.get(List.of(name)));
                String place = file + ":" + line(table, name);
                put(place, CACHES + "[]." + name, CACHES + "." + i + "." + name, value, false, entry);
            }
        }
    }

    private void readEnvironment(Map<String, String> environment) {
        for (ConfigKey key : ConfigTable.KEYS) {
            if (!key.isRepeated()) {
                String value = environment.get(key.variable());
                String file = environment.get(key.variable() + "_FILE");
                if (value != null && file != null) {
                    faults.add(
                            new ConfigFault(key.variable(), key.path(), "twice", "it, or " + key.variable() + "_FILE"));
                } else if (value != null) {
                    put(key.variable(), key.path(), key.path(), value, true, values);
                } else if (file != null) {
                    String content = content(key.variable() + "_FILE", key.path(), file);
                    if (content != null) {
                        put(key.variable() + "_FILE", key.path(), key.path(), content, true, values);
                    }
                }
            }
        }
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            Matcher matcher = CACHE_VARIABLE.matcher(variable.getKey());
            if (matcher.matches()) {
                String name = matcher.group(2).toLowerCase(Locale.ROOT);
                putCache(variable.getKey(), matcher.group(1), name, variable.getValue());
            }
        }
    }

    private void readOverride(String override) {
        int equals = override.indexOf('=');
        if (equals <= 0) {
            faults.add(new ConfigFault("--set", "KEY=VALUE", override, "as engine.http.port=9281"));
            return;
        }
        String path = override.substring(0, equals).strip();
        String value = override.substring(equals + 1);
        Matcher matcher = CACHE_KEY.matcher(path);
        if (matcher.matches()) {
            putCache("--set", matcher.group(1), matcher.group(2), value);
        } else {
            put("--set", path, path, value, true, values);
        }
    }

    private void putCache(String source, String number, String name, String value) {
        Map<String, Object> entry = caches.computeIfAbsent(Integer.valueOf(number), n -> new HashMap<>());
        put(source, CACHES + "[]." + name, CACHES + "." + number + "." + name, value, true, entry);
    }

    private void readCache(String cache) {
        int equals = cache.indexOf('=');
        if (equals <= 0) {
            faults.add(new ConfigFault("--cache", "DRIVER=URL", cache, "as varnish=http://127.0.0.1:6081"));
            return;
        }
        int number = caches.isEmpty() ? 0 : caches.lastKey() + 1;
        Map<String, Object> entry = caches.computeIfAbsent(number, n -> new HashMap<>());
        put("--cache", CACHES + "[].driver", "driver", cache.substring(0, equals), true, entry);
        put("--cache", CACHES + "[].url", "url", cache.substring(equals + 1), true, entry);
    }

    private void put(
            String source, String path, String shownPath, Object raw, boolean isText, Map<String, Object> into) {
        ConfigKey key = ConfigTable.find(path);
        if (key == null) {
            faults.add(new ConfigFault(source, shownPath, shown(raw), "a key that exists: see config defaults"));
            return;
        }
        ValueType type = key.type();
        if (type.secret() && raw instanceof String text && text.startsWith(FILE)) {
            String content = content(source, shownPath, text.substring(FILE.length()));
            if (content != null) {
                into.put(path, content);
                origins.put(shownPath, source);
            }
            return;
        }
        Object value =
                isText ? type.fromText().apply((String) raw) : type.fromToml().apply(raw);
        if (value == null) {
            faults.add(new ConfigFault(source, shownPath, type.secret() ? "****" : shown(raw), type.expected()));
            // a value that is there but wrong shall not be reported as missing as well
            into.put(key.isRepeated() ? key.name() : path, false);
            return;
        }
        into.put(key.isRepeated() ? key.name() : path, value);
        origins.put(shownPath, source);
    }

    /** What a file holds, without the line feed at its end; null, with a fault, if it cannot be read. */
    private @Nullable String content(String source, String key, String file) {
        try {
            return Files.readString(Path.of(file)).replaceFirst("\\r?\\n$", "");
        } catch (IOException | InvalidPathException e) {
            faults.add(new ConfigFault(source, key, FILE + file, "a readable file in UTF-8"));
            return null;
        }
    }

    private List<Cache> buildCaches() {
        List<Cache> built = new ArrayList<>();
        for (Map.Entry<Integer, Map<String, Object>> numbered : caches.entrySet()) {
            Map<String, Object> entry = numbered.getValue();
            for (String name : List.of("driver", "url")) {
                if (!entry.containsKey(name)) {
                    ConfigKey key = Objects.requireNonNull(ConfigTable.find(CACHES + "[]." + name));
                    faults.add(new ConfigFault(
                            "configuration",
                            CACHES + "." + numbered.getKey() + "." + name,
                            "missing",
                            key.type().expected()));
                }
            }
            if (faults.isEmpty()) {
                built.add(cache(entry, built));
            }
        }
        return built;
    }

    private Cache cache(Map<String, Object> entry, List<Cache> others) {
        String driver = (String) Objects.requireNonNull(entry.get("driver"));
        long same =
                others.stream().filter(other -> other.driver().equals(driver)).count();
        String name = (String) entry.getOrDefault("name", same == 0 ? driver : driver + "-" + (same + 1));
        if (others.stream().anyMatch(other -> other.name().equals(name))) {
            faults.add(new ConfigFault("configuration", CACHES + ".name", name, "a name that no other cache has"));
        }
        if (!driver.equals("squid")) {
            requireOnlyFor("nginx", "folder", driver, entry);
        }
        requireOnlyFor("ats", "rules", driver, entry);
        requireOnlyFor("ats", "reload", driver, entry);
        if (entry.containsKey("reload") && !entry.containsKey("rules")) {
            faults.add(new ConfigFault("configuration", CACHES + ".rules", "missing", "a file, as reload is given"));
        }
        Object fence = entry.get("fence");
        return new Cache(
                name,
                driver,
                (String) Objects.requireNonNull(entry.get("url")),
                (String) entry.getOrDefault("layer", "back"),
                fence instanceof Duration time ? time : null,
                (String) entry.getOrDefault("folder", ""),
                (String) entry.getOrDefault("rules", ""),
                (String) entry.getOrDefault("reload", ""));
    }

    private void requireOnlyFor(String only, String key, String driver, Map<String, Object> entry) {
        if (entry.containsKey(key) && !driver.equals(only)) {
            faults.add(new ConfigFault(
                    "configuration", CACHES + "." + key, String.valueOf(entry.get(key)), "only with driver " + only));
        }
    }

    private static boolean isSection(String path) {
        return ConfigTable.KEYS.stream().anyMatch(key -> key.path().startsWith(path + "."));
    }

    private static int line(TomlTable table, String name) {
        TomlPosition position = table.inputPositionOf(List.of(name));
        return position == null ? 0 : position.line();
    }

    private static String shown(Object raw) {
        return raw instanceof TomlArray array
                ? array.toList().toString()
                : raw instanceof TomlTable ? "a table" : raw.toString();
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "" : message.replace('\n', ' ');
    }
}
