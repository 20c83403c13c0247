// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Names to addresses as the system resolves them, but never on an event loop. Thread-safe. Addresses in figures need no
 * thread; for names up to two threads {@code http-dns-N} come and go with the demand, 256 lookups wait at most.
 */
final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
    private static final int MAX_THREADS = 2;
    private static final int MAX_WAITING = 256;

    private final ThreadPoolExecutor lookups;

    private final Lookup names;

    /** Finds the address of a name; may block. */
    @FunctionalInterface
    interface Lookup {
        /** The address. */
        InetAddress find(String name) throws UnknownHostException;
    }

    OffLoopResolver(Lookup names) {
        this.names = names;
        AtomicInteger next = new AtomicInteger();
        lookups = new ThreadPoolExecutor(
                MAX_THREADS, MAX_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "http-dns-" + next.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        lookups.allowCoreThreadTimeOut(true);
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String host, Promise<InetAddress> promise) {
                resolveOne(host, promise);
            }

            @Override
            protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
                promise.setFailure(new UnsupportedOperationException("one address is enough"));
            }
        }.asAddressResolver();
    }

    private void resolveOne(String host, Promise<InetAddress> promise) {
        InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
        if (literal != null) {
            promise.setSuccess(literal);
            return;
        }
        try {
            lookups.execute(() -> {
                try {
                    promise.setSuccess(names.find(host));
                } catch (UnknownHostException e) {
                    promise.setFailure(e);
                }
            });
        } catch (RejectedExecutionException e) {
            promise.setFailure(new UnknownHostException(host + ": too many lookups wait"));
        }
    }

    /** Lets what waits end; each belongs to a socket that is closed by its answer. */
    @Override
    public void close() {
        super.close();
        lookups.shutdown();
    }
}
