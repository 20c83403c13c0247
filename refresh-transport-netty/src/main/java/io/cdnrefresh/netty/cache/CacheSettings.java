// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One cache server and how to talk to it. Immutable.
 *
 * @param driver {@code ats}, {@code varnish}, {@code nginx}, {@code squid} or {@code http}
 * @param host where it listens
 * @param port 1 to 65535
 * @param isSecure true for TLS
 * @param timeout for a purge or a probe; 10 ms to 10 min. Traffic Server holds a purge as long as its slowest fetch
 * @param preloadTimeout for the fetch of one object; 10 ms to 1 h
 * @param urlFence how long after the purge of a URL a fetch that was under way may bring its old copy back
 * @param broadFence the same for a prefix, regex, tag, host or all
 * @param hasFence false if the fences are the driver's own, which a server's answer may make better
 * @param forgets Traffic Server: what it was told within so long before a crash it may not know afterwards; twice its
 *     {@code proxy.config.cache.dir.sync_frequency}, and not less than 1 s
 * @param variants for each variant that the server keeps under a key of its own, the request header lines that select
 *     it; the empty list is the variant without any
 * @param folder nginx: its cache folder, in which the proxy may read and delete; empty = no purges but of URLs. Squid: its
 *     {@code cache_dir}, in which the proxy may make folders; empty = a backup of it that is put back is not recognised
 * @param rules Traffic Server: the rule file of regex_revalidate, in whose folder the proxy may write; empty = no purges
 *     but of URLs. The plugin's state file is the same with {@code .state} at its end
 * @param reload Traffic Server: the command that makes it read the rules, program and arguments; empty = it looks itself
 *     once a minute
 */
public record CacheSettings(
        String driver,
        String host,
        int port,
        boolean isSecure,
        Duration timeout,
        Duration preloadTimeout,
        Duration urlFence,
        Duration broadFence,
        boolean hasFence,
        Duration forgets,
        List<List<String>> variants,
        String folder,
        String rules,
        List<String> reload) {
    private static final Set<String> DRIVERS = Set.of("ats", "varnish", "nginx", "squid", "http");
    private static final int MAX_VARIANTS = 32;

    /**
     * Copies the variants.
     *
     * @throws IllegalArgumentException if a value is outside its range
     */
    public CacheSettings {
        if (!DRIVERS.contains(driver)) {
            throw new IllegalArgumentException("driver: " + driver + " (expected: ats, varnish, nginx, squid, http)");
        }
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw new IllegalArgumentException("url: " + host + ":" + port + " (expected: http://host:port)");
        }
        requireRange("timeout", timeout, Duration.ofMillis(10), Duration.ofMinutes(10));
        requireRange("preloadTimeout", preloadTimeout, Duration.ofMillis(10), Duration.ofHours(1));
        requireRange("urlFence", urlFence, Duration.ZERO, Duration.ofHours(1));
        requireRange("broadFence", broadFence, Duration.ZERO, Duration.ofHours(1));
        requireRange("forgets", forgets, Duration.ofSeconds(1), Duration.ofHours(1));
        reload = List.copyOf(reload);
        if (!driver.equals("squid")) {
            requireOnlyFor("nginx", "folder", driver, folder);
        }
        requireOnlyFor("ats", "rules", driver, rules);
        requireOnlyFor("ats", "reload", driver, String.join(" ", reload));
        if (!reload.isEmpty() && rules.isEmpty()) {
            throw new IllegalArgumentException("reload: " + reload.get(0) + " (expected: none without rules)");
        }
        variants = variants.stream().map(List::copyOf).distinct().collect(Collectors.toUnmodifiableList());
        if (variants.isEmpty() || variants.size() > MAX_VARIANTS) {
            throw new IllegalArgumentException("variants: " + variants.size() + " (expected: 1.." + MAX_VARIANTS + ")");
        }
        for (List<String> variant : variants) {
            for (String line : variant) {
                if (line.indexOf(':') <= 0) {
                    throw new IllegalArgumentException("variants: " + line + " (expected: Name: value)");
                }
            }
        }
    }

    /**
     * Starts the description of a server.
     *
     * @param driver see {@link CacheSettings}
     * @param url {@code http://host:port}, or https
     * @throws IllegalArgumentException if the URL is none
     */
    public static Builder builder(String driver, String url) {
        return new Builder(driver, url);
    }

    private static void requireOnlyFor(String only, String key, String driver, String value) {
        if (!value.isEmpty() && !driver.equals(only)) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: only with driver " + only + ")");
        }
    }

    private static void requireRange(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }

    /** Describes a cache server. Not thread-safe. */
    public static final class Builder {
        private static final List<String> COMMON_ENCODINGS = List.of("gzip", "gzip, deflate, br");
        /** The spellings that the shipped squid.conf keeps. */
        private static final List<String> SQUID_ENCODINGS =
                List.of("gzip", "gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd");

        private final String driver;
        private final URI url;
        private @Nullable Duration timeout;
        private Duration preloadTimeout = Duration.ofHours(1);
        private @Nullable Duration urlFence;
        private @Nullable Duration broadFence;
        private Duration forgets = Duration.ofMinutes(2);
        private @Nullable List<List<String>> variants;
        private String folder = "";
        private String rules = "";
        private List<String> reload = List.of();

        private Builder(String driver, String url) {
            this.driver = requireNonNull(driver, "driver");
            URI uri;
            try {
                uri = URI.create(url);
            } catch (IllegalArgumentException e) {
                throw badUrl(url);
            }
            boolean isHttp = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            boolean isBare = uri.getRawPath() == null || uri.getRawPath().isEmpty() || "/".equals(uri.getRawPath());
            if (!isHttp || !isBare || uri.getHost() == null || uri.getRawQuery() != null || uri.getUserInfo() != null) {
                throw badUrl(url);
            }
            this.url = uri;
        }

        private static IllegalArgumentException badUrl(String url) {
            return new IllegalArgumentException("url: " + url + " (expected: http://host:port or https://host:port)");
        }

        /** For a purge or a probe; default 5 s, for Traffic Server 30 s. */
        public Builder timeout(Duration timeout) {
            this.timeout = timeout;
            return this;
        }

        /** For the fetch of one object; default 1 h. */
        public Builder preloadTimeout(Duration preloadTimeout) {
            this.preloadTimeout = preloadTimeout;
            return this;
        }

        /** The fence of a URL: default 2 s. */
        public Builder urlFence(Duration urlFence) {
            this.urlFence = urlFence;
            return this;
        }

        /** The fence of what is broader than a URL; default 30 s. */
        public Builder broadFence(Duration broadFence) {
            this.broadFence = broadFence;
            return this;
        }

        /** See {@link CacheSettings#forgets}; default 2 min, as the server's own default is 60 s. */
        public Builder forgets(Duration forgets) {
            this.forgets = requireNonNull(forgets, "forgets");
            return this;
        }

        /** See {@link CacheSettings#variants}; default: what the shipped configuration of the server keeps apart. */
        public Builder variants(List<List<String>> variants) {
            this.variants = variants;
            return this;
        }

        /** See {@link CacheSettings#folder}; default: none. */
        public Builder folder(String folder) {
            this.folder = requireNonNull(folder, "folder");
            return this;
        }

        /** See {@link CacheSettings#rules}; default: none. */
        public Builder rules(String rules) {
            this.rules = requireNonNull(rules, "rules");
            return this;
        }

        /** See {@link CacheSettings#reload}; default: none. */
        public Builder reload(List<String> reload) {
            this.reload = requireNonNull(reload, "reload");
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if a value is outside its range
         */
        public CacheSettings build() {
            boolean isAts = driver.equals("ats");
            boolean isSecure = "https".equalsIgnoreCase(url.getScheme());
            return new CacheSettings(
                    driver,
                    requireNonNull(url.getHost(), "host"),
                    url.getPort() >= 0 ? url.getPort() : isSecure ? 443 : 80,
                    isSecure,
                    timeout != null ? timeout : Duration.ofSeconds(isAts ? 30 : 5),
                    preloadTimeout,
                    urlFence != null ? urlFence : Duration.ofSeconds(2),
                    broadFence != null ? broadFence : Duration.ofSeconds(30),
                    urlFence != null,
                    forgets,
                    variants != null ? variants : defaultVariants(driver),
                    folder,
                    rules,
                    reload);
        }

        private static List<List<String>> defaultVariants(String driver) {
            return switch (driver) {
                case "ats", "varnish" -> List.of(List.of()); // one purge takes all variants there
                case "squid" -> encodings(SQUID_ENCODINGS);
                default -> encodings(COMMON_ENCODINGS);
            };
        }

        private static List<List<String>> encodings(List<String> encodings) {
            return Stream.concat(
                            Stream.of(List.<String>of()),
                            encodings.stream().map(encoding -> List.of("Accept-Encoding: " + encoding)))
                    .toList();
        }
    }
}
