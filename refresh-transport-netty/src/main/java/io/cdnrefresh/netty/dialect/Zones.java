// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.model.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which hosts stand behind the names that foreign clients know. Immutable. */
final class Zones {
    /**
     * One of them.
     *
     * @param id a Cloudflare zone, a Fastly service, or what a client of plain PURGE sends as Host
     * @param hosts in identity form; {@code *.h} and {@code **.h} may be among them
     */
    record Zone(String id, List<String> hosts) {
        Zone {
            hosts = List.copyOf(hosts);
        }

        boolean owns(String host) {
            return hosts.stream().anyMatch(pattern -> Target.hostMatches(pattern, host));
        }

        /**
         * The hosts by their full names.
         *
         * @throws Refusal if one of them is a pattern: nothing would tell the hosts behind it
         */
        List<String> literalHosts() {
            for (String host : hosts) {
                if (host.startsWith("*")) {
                    throw Refusal.invalid("this needs every host by its full name, and zone " + id + " lists " + host);
                }
            }
            return hosts;
        }
    }

    private final List<Zone> zones;

    Zones(List<Zone> zones) {
        this.zones = List.copyOf(zones);
    }

    /**
     * The zone of a foreign request.
     *
     * @throws Refusal 404 if there is none
     */
    Zone require(String id) {
        for (Zone zone : zones) {
            if (zone.id.equals(id)) {
                return zone;
            }
        }
        throw new Refusal(404, "not-found", "no zone has this id (see engine.dialects.zone)");
    }

    /**
     * What a client that knows only hosts means: a zone by its id, else the zone that has the host, else the host alone.
     *
     * @throws Refusal if the header names no host
     */
    Zone meantBy(@Nullable String hostHeader) {
        String text = hostHeader == null ? "" : hostHeader.strip();
        for (Zone zone : zones) {
            if (zone.id.equalsIgnoreCase(text)) {
                return zone;
            }
        }
        String host = host(text);
        for (Zone zone : zones) {
            if (zone.owns(host)) {
                return zone;
            }
        }
        return new Zone(host, List.of(host));
    }

    /** Whether the header is a zone's id and not the host of a site. */
    boolean isId(@Nullable String hostHeader) {
        String text = hostHeader == null ? "" : hostHeader.strip();
        return zones.stream().anyMatch(zone -> zone.id.equalsIgnoreCase(text));
    }

    /** A Host header in identity form. */
    static String host(@Nullable String header) {
        String text = header == null ? "" : header.strip();
        if (text.startsWith("*")) {
            throw Refusal.invalid("Host: a pattern (expected: the host of the site)");
        }
        String host = Target.host(text).host();
        return host.endsWith(":80") ? host.substring(0, host.length() - 3) : host;
    }
}
