// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.RateLimit;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every key there is. Reading, checking, printing and the documentation all follow this one table. */
final class ConfigTable {
    private static final long MIB = 1 << 20;

    private static final ValueType HOST =
            ValueType.text("a host name or address", text -> text.matches("[A-Za-z0-9.:_-]{1,253}"));
    private static final ValueType LOOPS = ValueType.number("0..256", count -> count >= 0 && count <= 256);
    private static final ValueType PEM = ValueType.path("a PEM file, or empty");

    private static final ValueType LIMITS = ValueType.text(
            "empty, or COUNT/WINDOW and more of them, such as 1000/s 200000/10m 5000000/d", ConfigTable::isLimits);

    private static final ValueType COUNT =
            ValueType.number("1 .. 1,000,000,000", number -> number >= 1 && number <= 1_000_000_000);

    static final List<ConfigKey> KEYS = List.of(
            key(
                    "engine.id",
                    ValueType.wordOrNumber("auto", 1023),
                    "\"auto\"",
                    "This engine's number among all that share a store; \"auto\" claims a free one."),
            key(
                    "engine.durability",
                    ValueType.oneOf("store", "memory"),
                    "\"store\"",
                    "When a task is acknowledged: once the store has it, or at once; \"memory\" loses tasks in a crash."),
            key(
                    "engine.lanes",
                    ValueType.number(
                            "0 | a power of two up to 64",
                            lanes -> lanes == 0 || (lanes > 0 && lanes <= 64 && Long.bitCount(lanes) == 1)),
                    "0",
                    "Threads that carry tasks; 0 = the number of cores, rounded up to a power of two."),
            key(
                    "engine.data",
                    ValueType.path("a folder"),
                    "\"./refresh-data\"",
                    "Where the embedded store lives; made when missing."),
            key(
                    "engine.lease",
                    ValueType.duration(Duration.ofSeconds(3), Duration.ofMinutes(10)),
                    "\"15s\"",
                    "How long this engine may be silent before the others take its tasks over."),
            key(
                    "engine.advertise",
                    ValueType.text(
                            "a host name or an IP address, or empty",
                            text -> text.matches("[A-Za-z0-9._:\\[\\]-]{0,253}")),
                    "\"\"",
                    "The host by which other engines and proxies reach this one; empty = where it listens."),
            key(
                    "engine.shutdown",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
                    "\"30s\"",
                    "How long an orderly stop may take."),
            key("engine.max-tasks", COUNT, "1000000", "Tasks in memory at most; more are refused with 503."),
            key(
                    "engine.retention",
                    ValueType.duration(Duration.ofHours(1), Duration.ofDays(3_650)),
                    "\"168h\"",
                    "How long finished tasks are kept in the store."),
            key(
                    "engine.barrier",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"30s\"",
                    "How long edges wait for parents at most."),
            key(
                    "engine.offline-after",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"30s\"",
                    "How long a device is away before it is declared offline."),
            key(
                    "engine.offline.collapse-above",
                    COUNT,
                    "100000",
                    "Targets of one tenant brought back to one device one by one; more become prefixes or hosts."),
            key("engine.flow.urls", COUNT, "16384", "Targets of URL purges that a device may have under way."),
            key("engine.flow.broad", COUNT, "256", "Targets of broad purges that a device may have under way."),
            key("engine.flow.preloads", COUNT, "4096", "Targets of preloads that a device may have under way."),
            key("engine.flow.slow-share", COUNT, "16", "A slow device may have one part of so many of that."),
            key(
                    "engine.flow.slow-after",
                    ValueType.duration(Duration.ofMillis(10), Duration.ofHours(1)),
                    "\"5s\"",
                    "The least latency or silence of a device that counts as slow."),
            key(
                    "engine.flow.calm",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"30s\"",
                    "How long a slow device has to be well until it is fast again."),
            key("engine.http.host", HOST, "\"127.0.0.1\"", "Where the API listens."),
            key("engine.http.port", ValueType.port(), "9181", "Where the API listens."),
            key("engine.http.max-body", ValueType.size(1024, 64 * MIB), "\"1MiB\"", "The longest body of a request."),
            key(
                    "engine.http.peer-ca",
                    PEM,
                    "\"\"",
                    "PEM file of the authorities of the other engines' APIs, with engine.http.tls; empty = the system's."),
            key("engine.http.tls", ValueType.bool(), "false", "Whether the API speaks TLS 1.2 and 1.3 itself."),
            key(
                    "engine.http.tls-cert",
                    PEM,
                    "\"\"",
                    "Its certificate and those of its issuers; read again when the file changes."),
            key(
                    "engine.http.tls-key",
                    PEM,
                    "\"\"",
                    "The key to it, PKCS#8, not encrypted; read again when the file changes."),
            key(
                    "engine.http.allow-origins",
                    ValueType.origins(),
                    "[]",
                    "Web pages of these origins may use the API from a browser (CORS)."),
            key(
                    "engine.http.proxies",
                    ValueType.bool(),
                    "true",
                    "Whether proxies may link over HTTP, too: the routes /v1/proxy/… of the API."),
            key("engine.rpc.host", HOST, "\"127.0.0.1\"", "Where proxies dial in."),
            key("engine.rpc.port", ValueType.port(), "9182", "Where proxies dial in."),
            key(
                    "engine.rpc.compression",
                    ValueType.oneOf("snappy", "none"),
                    "\"snappy\"",
                    "How larger frames to proxies are packed."),
            key(
                    "engine.rpc.token",
                    ValueType.hidden(),
                    "\"\"",
                    "A secret that every proxy has to know, over RPC and over HTTP; empty = none."),
            key("engine.rpc.tls", ValueType.bool(), "false", "Whether proxies are spoken to over TLS 1.2 and 1.3."),
            key(
                    "engine.rpc.tls-cert",
                    PEM,
                    "\"\"",
                    "The certificate for that and those of its issuers; read again when the file changes."),
            key(
                    "engine.rpc.tls-key",
                    PEM,
                    "\"\"",
                    "The key to it, PKCS#8, not encrypted; read again when the file changes."),
            key(
                    "engine.rpc.tls-client-ca",
                    PEM,
                    "\"\"",
                    "Who issues certificates of proxies: each needs one that names its device; empty = none does."),
            key(
                    "engine.io.accept-threads",
                    LOOPS,
                    "0",
                    "Loops that accept connections on each port where the native transport is present; 0 = one a core, at most 4."),
            key("engine.io.http-threads", LOOPS, "0", "Event loops for the API; 0 = one a core."),
            key(
                    "engine.io.rpc-threads",
                    LOOPS,
                    "0",
                    "Event loops for proxies; 0 = one a core, or the API's on 4 cores or less."),
            key(
                    "store.url",
                    ValueType.url(
                            "empty | jdbc:mysql://… | jdbc:mariadb://… | jdbc:sqlite:…",
                            true,
                            "jdbc:mysql://",
                            "jdbc:mariadb://",
                            "jdbc:sqlite:"),
                    "\"\"",
                    "Where tasks are kept; empty = SQLite in engine.data."),
            key("store.user", ValueType.word("a user name, or empty"), "\"\"", "Who logs in to the store."),
            key(
                    "store.reserve",
                    ValueType.size(0, 1024 * MIB),
                    "\"64MiB\"",
                    "Room kept on the disk of SQLite for the ends of tasks under way; new tasks are refused without it."),
            key("store.password", ValueType.hidden(), "\"\"", "The store's password; better given by the environment."),
            key(
                    "coordinator.url",
                    ValueType.url(
                            "empty | redis://… | redis-sentinel://… | redis-cluster://…",
                            true,
                            "redis://",
                            "rediss://",
                            "redis-sentinel://",
                            "rediss-sentinel://",
                            "redis-cluster://",
                            "rediss-cluster://"),
                    "\"\"",
                    "What engines share besides the store; empty = this engine is alone."),
            key(
                    "coordinator.timeout",
                    ValueType.duration(Duration.ofMillis(100), Duration.ofSeconds(10)),
                    "\"2s\"",
                    "How long a call to Redis may take; one that takes longer has failed."),
            key(
                    "coordinator.requests",
                    ValueType.number("100 .. 1,000,000", number -> number >= 100 && number <= 1_000_000),
                    "10000",
                    "Calls that may wait for Redis on one connection; more fail at once."),
            key(
                    "coordinator.queue-bound",
                    ValueType.number("1,000 .. 100,000,000", number -> number >= 1_000 && number <= 100_000_000),
                    "2000000",
                    "Entries of one offline queue at most; what is above it is read from the store."),
            key("coordinator.tls-ca", PEM, "\"\"", "Whom to trust as Redis over TLS; empty = whom Java trusts."),
            key(
                    "proxy.id",
                    ValueType.word("letters, digits, dot, dash, underscore; at most 64"),
                    "\"\"",
                    "The device's name; empty = the host's name."),
            key(
                    "proxy.engines",
                    ValueType.addresses(),
                    "[\"127.0.0.1:9182\"]",
                    "Every engine's RPC address, or that of its API with transport http."),
            key(
                    "proxy.group",
                    ValueType.word("letters, digits, dot, dash, underscore; at most 64"),
                    "\"default\"",
                    "The group of devices that it belongs to."),
            key(
                    "proxy.tier",
                    ValueType.oneOf("parent", "edge"),
                    "\"edge\"",
                    "Its place in the cache hierarchy; parents are purged before edges."),
            key(
                    "proxy.transport",
                    ValueType.oneOf("rpc", "http"),
                    "\"rpc\"",
                    "How it talks to the engines; \"http\" is for places where nothing else passes."),
            key(
                    "proxy.token",
                    ValueType.hidden(),
                    "\"\"",
                    "The secret that the engines expect; better given by the environment."),
            key("proxy.tls", ValueType.bool(), "false", "Whether the engines are spoken to over TLS."),
            key("proxy.tls-ca", PEM, "\"\"", "Who issues the certificates of engines; empty = whom the JDK trusts."),
            key(
                    "proxy.tls-cert",
                    PEM,
                    "\"\"",
                    "The certificate of this device, for engines that ask for one; read again when the file changes."),
            key(
                    "proxy.tls-key",
                    PEM,
                    "\"\"",
                    "The key to it, PKCS#8, not encrypted; read again when the file changes."),
            key(
                    "proxy.shutdown",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
                    "\"15s\"",
                    "How long an orderly stop may take."),
            key(
                    "proxy.data",
                    ValueType.path("a folder"),
                    "\"./refresh-data/proxy\"",
                    "Where the proxy keeps what a Traffic Server may forget when it restarts; made when needed, one proxy's own."),
            key("proxy.http.host", HOST, "\"127.0.0.1\"", "Where the proxy shows its health and numbers."),
            key("proxy.http.port", ValueType.port(), "9183", "Where the proxy shows its health and numbers."),
            key(
                    "proxy.cache[].name",
                    ValueType.text(
                            "letters, digits, dot, dash, underscore; 1 to 64",
                            text -> text.matches("[A-Za-z0-9._-]{1,64}")),
                    "",
                    "The cache's name in results; default: its driver."),
            key(
                    "proxy.cache[].driver",
                    ValueType.oneOf("ats", "varnish", "nginx", "squid", "http"),
                    "",
                    "Which cache server it is."),
            key("proxy.cache[].url", ValueType.httpUrl(), "", "Where it takes purges and requests."),
            key(
                    "proxy.cache[].layer",
                    ValueType.oneOf("back", "front"),
                    "\"back\"",
                    "Its place on this node; back is purged before front."),
            key(
                    "proxy.cache[].fence",
                    ValueType.wordOrDuration("auto", Duration.ofMinutes(5)),
                    "\"auto\"",
                    "How long after a purge a late fill by the origin is watched for; \"auto\" = the driver's own."),
            key(
                    "proxy.cache[].folder",
                    ValueType.path("a folder"),
                    "",
                    "nginx: its cache folder, in which the proxy may read and delete; without it only URLs are purged."),
            key(
                    "proxy.cache[].rules",
                    ValueType.path("a file"),
                    "",
                    "Traffic Server: the rule file of regex_revalidate, in whose folder the proxy may write; without it only"
                            + " URLs are purged."),
            key(
                    "proxy.cache[].reload",
                    ValueType.text("a program and its arguments, divided by spaces", text -> !text.isBlank()),
                    "",
                    "Traffic Server: what makes it read the rules; without it they wait for up to a minute."),
            key(
                    "proxy.admin.host",
                    HOST,
                    "\"127.0.0.1\"",
                    "Reserved for the proxy's /debug/*; nothing listens there yet."),
            key(
                    "proxy.admin.port",
                    ValueType.port(),
                    "9185",
                    "Reserved for the proxy's /debug/*; nothing listens there yet."),
            key(
                    "gate.max-red",
                    ValueType.percent(),
                    "\"10%\"",
                    "Reserved for the catch-up gate: the largest share of a group out of service at a time."),
            key(
                    "gate.max-wait",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"5m\"",
                    "Reserved for the catch-up gate: how long a node may be out of service before it opens."),
            key("admin.host", HOST, "\"127.0.0.1\"", "Reserved for the engine's /debug/*; nothing listens there yet."),
            key(
                    "admin.port",
                    ValueType.port(),
                    "9184",
                    "Reserved for the engine's /debug/*; nothing listens there yet."),
            key("limit.tenant", LIMITS, "\"\"", "What each tenant may submit, in targets times their weights."),
            key("limit.host", LIMITS, "\"\"", "What may be submitted for each host."),
            key(
                    "limit.hard",
                    ValueType.bool(),
                    "false",
                    "Never above a limit, at the price of refusals while engines have not agreed."),
            key(
                    "limit.sync",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(1)),
                    "\"5s\"",
                    "How often engines tell each other what they have counted."),
            key("limit.kind.url", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.prefix", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.regex", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.tag", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.host", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.all", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.kind.preload", LIMITS, "\"\"", "What each tenant may submit of this kind."),
            key("limit.weight.url", COUNT, "1", "What one target of this kind costs."),
            key("limit.weight.prefix", COUNT, "10", "What one target of this kind costs."),
            key("limit.weight.regex", COUNT, "10", "What one target of this kind costs."),
            key("limit.weight.tag", COUNT, "10", "What one target of this kind costs."),
            key("limit.weight.host", COUNT, "100", "What one target of this kind costs."),
            key("limit.weight.all", COUNT, "1000", "What one target of this kind costs."),
            key("limit.weight.preload", COUNT, "1", "What one target of this kind costs."),
            key(
                    "diag.lock-limit",
                    ValueType.duration(Duration.ZERO, Duration.ofHours(1)),
                    "\"0s\"",
                    "A lock that is held for longer raises an alert; 0s = locks are not traced, which is cheaper."),
            key(
                    "auth.insecure",
                    ValueType.bool(),
                    "false",
                    "Whether listeners may face the network although nobody needs a key."),
            key(
                    "standalone.cache-port",
                    ValueType.port(),
                    "9186",
                    "Where standalone runs its small cache when no cache is named."),
            key("log.level", ValueType.oneOf("error", "warn", "info", "debug"), "\"info\"", "How much is logged."));

    private ConfigTable() {}

    private static boolean isLimits(String text) {
        try {
            RateLimit.parse(text);
            return true;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /** The key with a path; null if there is none. */
    static @Nullable ConfigKey find(String path) {
        for (ConfigKey key : KEYS) {
            if (key.path().equals(path)) {
                return key;
            }
        }
        return null;
    }

    private static ConfigKey key(String path, ValueType type, String fallback, String doc) {
        return new ConfigKey(path, type, fallback, false, doc);
    }
}
