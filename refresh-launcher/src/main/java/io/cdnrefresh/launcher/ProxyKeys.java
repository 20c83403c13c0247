// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static io.cdnrefresh.launcher.KeyTypes.HOST;
import static io.cdnrefresh.launcher.KeyTypes.PEM;
import static io.cdnrefresh.launcher.KeyTypes.key;

import java.time.Duration;
import java.util.List;

/** The keys of a proxy: {@code proxy.*}. */
final class ProxyKeys {
    static final List<ConfigKey> KEYS = List.of(
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
                    "Where the proxy keeps what a Traffic Server may forget when it restarts; made when needed, one"
                            + " proxy's own."),
            key(
                    "proxy.cache-check",
                    ValueType.duration(Duration.ZERO, Duration.ofHours(1)),
                    "\"10s\"",
                    "How long a cache may have nothing to do until it is asked whether it answers; 0s = for ever."),
            key(
                    "proxy.pod",
                    ValueType.names(),
                    "[]",
                    "The devices that share objects between them, this one among them: one of them preloads each"
                            + " object."),
            key(
                    "proxy.preload.in-flight",
                    ValueType.number("1..1000", count -> count >= 1 && count <= 1000),
                    "8",
                    "Objects that each cache preloads at once."),
            key(
                    "proxy.preload.per-host",
                    ValueType.number("1..1000", count -> count >= 1 && count <= 1000),
                    "4",
                    "Objects of one host that the node preloads at once: what its origin has to bear."),
            key(
                    "proxy.preload.rate",
                    ValueType.size(0, 1L << 40),
                    "\"0B\"",
                    "Bytes a second that the node reads for preloads; 0B = no limit."),
            key(
                    "proxy.preload.host-rate",
                    ValueType.size(0, 1L << 40),
                    "\"0B\"",
                    "The same for the objects of one host."),
            key(
                    "proxy.preload.jitter",
                    ValueType.duration(Duration.ZERO, Duration.ofMinutes(10)),
                    "\"100ms\"",
                    "Each target begins a random part of this later, so that nodes do not ask an origin together."),
            key(
                    "proxy.preload.max-objects",
                    ValueType.number("1..1000000", count -> count >= 1 && count <= 1_000_000),
                    "10000",
                    "Objects that playlists may add to one preload."),
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
                    "nginx: its cache folder, in which the proxy may read and delete; without it only URLs are"
                            + " purged. Squid: its cache_dir, where the proxy leaves marks to recognise one that is put"
                            + " back."),
            key(
                    "proxy.cache[].rules",
                    ValueType.path("a file"),
                    "",
                    "Traffic Server: the rule file of regex_revalidate, in whose folder the proxy may write; without"
                            + " it only URLs are purged."),
            key(
                    "proxy.cache[].reload",
                    ValueType.text("a program and its arguments, divided by spaces", text -> !text.isBlank()),
                    "",
                    "Traffic Server: what makes it read the rules; without it they wait for up to a minute."),
            key(
                    "proxy.admin.host",
                    HOST,
                    "\"127.0.0.1\"",
                    "Where the proxy's /debug/* listens; in standalone, admin.host and admin.port do."),
            key(
                    "proxy.admin.port",
                    ValueType.port(),
                    "9185",
                    "Where the proxy's /debug/* listens; if this default is taken, the proxy does without."));

    private ProxyKeys() {}
}
