// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The engines that are alive, each by a lease that it renews. */
public interface Membership {
    /**
     * Joins, and stays by renewing until {@link #leave}. A later call changes what is told of this engine.
     */
    CompletionStage<Void> join(Member self);

    /** The members that hold a lease now, by engine id. */
    CompletionStage<List<Member>> members();

    /** Calls the listener, on the coordinator's threads, with the new list after each change that is noticed. */
    void subscribe(Consumer<List<Member>> listener);

    /** Gives the lease back. */
    CompletionStage<Void> leave();

    /**
     * One engine. Immutable.
     *
     * @param engine id and epoch
     * @param apiAddress host:port of its API as other engines reach it
     * @param rpcAddress host:port of its RPC as proxies reach it
     * @param version of its software
     * @param load tasks in memory
     */
    record Member(EngineEpoch engine, String apiAddress, String rpcAddress, String version, long load) {}
}
