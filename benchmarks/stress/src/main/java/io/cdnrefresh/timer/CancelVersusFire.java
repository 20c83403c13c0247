// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Does exactly one of a cancel and the firing of the same timer win? Owner of the slab: the second actor. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "cancelled")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "fired")
@Outcome(expect = Expect.FORBIDDEN, desc = "both or none")
@State
public class CancelVersusFire {
    private final SharedSlab slab = SharedSlab.ofThisThread();
    private final long entry = slab.arm(1);

    /** Any thread. */
    @Actor
    public void cancel(ZZ_Result result) {
        result.r1 = slab.cancel(entry);
    }

    /** Under the lock, as a shard does it. */
    @Actor
    public void fire(ZZ_Result result) {
        result.r2 = slab.fire(entry);
    }
}
