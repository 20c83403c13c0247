// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * One leader among the engines, by a lease. Whoever acts as leader asks {@link #validToken} at each act: validity is a
 * monotonic deadline, never a remembered flag, so a paused process finds itself deposed.
 */
public interface LeaderElection {
    /**
     * Starts campaigning, for ever, until {@link #resign}; after that it may be called again.
     *
     * @param candidate names the process, unique
     * @param tokens allocates a fencing token, rising over all candidates; asked once per won election, before the
     *     candidate counts as leader
     * @param listener told of gain and loss; a hint only
     */
    void campaign(String candidate, Supplier<CompletionStage<Long>> tokens, Listener listener);

    /** The fencing token while the lease surely holds; empty otherwise. */
    OptionalLong validToken();

    /** Gives the lease back if held, and stops campaigning. */
    CompletionStage<Void> resign();

    /** Learns of changes. Called on the coordinator's threads; must not block. */
    interface Listener {
        /** This candidate leads with this token. */
        void onElected(long token);

        /** It does no longer. */
        void onDeposed();
    }
}
