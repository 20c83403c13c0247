// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.COUNT;
import static io.cdnrefresh.launcher.KeyTypes.HOST;
import static io.cdnrefresh.launcher.KeyTypes.LOOPS;
import static io.cdnrefresh.launcher.KeyTypes.MIB;
import static io.cdnrefresh.launcher.KeyTypes.PEM;
import static io.cdnrefresh.launcher.KeyTypes.key;
import static io.cdnrefresh.launcher.KeyTypes.live;

import io.cdnrefresh.netty.dialect.DialectEndpoint;
import java.time.Duration;
import java.util.List;

/** The keys of an engine: {@code engine.*}. */
final class EngineKeys {
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
                    "When a task is acknowledged: once the store has it, or at once; \"memory\" loses tasks in a"
                            + " crash."),
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
            live("engine.flow.urls", COUNT, "16384", "Targets of URL purges that a device may have under way."),
            live("engine.flow.broad", COUNT, "256", "Targets of broad purges that a device may have under way."),
            live("engine.flow.preloads", COUNT, "4096", "Targets of preloads that a device may have under way."),
            live("engine.flow.slow-share", COUNT, "16", "A slow device may have one part of so many of that."),
            live(
                    "engine.flow.slow-after",
                    ValueType.duration(Duration.ofMillis(10), Duration.ofHours(1)),
                    "\"5s\"",
                    "The least latency or silence of a device that counts as slow."),
            live(
                    "engine.flow.calm",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofHours(1)),
                    "\"30s\"",
                    "How long a slow device has to be well until it is fast again."),
            key("engine.http.host", HOST, "\"127.0.0.1\"", "Where the API listens."),
            key("engine.http.port", ValueType.port(), "9181", "Where the API listens."),
            key("engine.http.max-body", ValueType.size(1024, 64 * MIB), "\"1MiB\"", "The longest body of a request."),
            key("engine.http.page", ValueType.bool(), "true", "Whether the API's port serves the status page at /."),
            key(
                    "engine.http.peer-ca",
                    PEM,
                    "\"\"",
                    "PEM file of the authorities of the other engines' APIs, with engine.http.tls; empty = the"
                            + " system's."),
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
            live(
                    "engine.http.allow-origins",
                    ValueType.origins(),
                    "[]",
                    "Web pages of these origins may use the API from a browser (CORS)."),
            key(
                    "engine.http.proxies",
                    ValueType.bool(),
                    "true",
                    "Whether proxies may link over HTTP, too: the routes /v1/proxy/… of the API."),
            key(
                    "engine.http.dialects",
                    ValueType.words(DialectEndpoint.NAMES),
                    "[]",
                    "Clients of other systems that are served unchanged, on a port of their own: docs/dialects.md."),
            key("engine.dialects.host", HOST, "\"127.0.0.1\"", "Where those clients are listened to."),
            key(
                    "engine.dialects.port",
                    ValueType.port(),
                    "9187",
                    "Where those clients are listened to; with TLS if the API speaks it."),
            key(
                    "engine.dialects.wait",
                    ValueType.duration(Duration.ZERO, Duration.ofSeconds(55)),
                    "\"3s\"",
                    "How long the answer to a plain PURGE or BAN waits until it is done; 0s = it does not."),
            key(
                    "engine.dialects.zones",
                    ValueType.list("\"ID = HOST HOST …\", any number of them", DialectServer::isZone),
                    "[]",
                    "What such a client means by a zone, a service, or a Host that is no site's."),
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
            key(
                    "engine.rpc.token-per-device",
                    ValueType.bool(),
                    "false",
                    "Whether each proxy has its own token, made from that by refresh device token NAME, which is good for no"
                            + " other device."),
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
                    "Loops that accept connections on each port where the native transport is present; 0 = one a core,"
                            + " at most 4."),
            key("engine.io.http-threads", LOOPS, "0", "Event loops for the API; 0 = one a core."),
            key(
                    "engine.io.rpc-threads",
                    LOOPS,
                    "0",
                    "Event loops for proxies; 0 = one a core, or the API's on 4 cores or less."));

    private EngineKeys() {}
}
