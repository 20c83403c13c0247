// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Does exactly one of two cancels of the same timer win? */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one of them")
@Outcome(expect = Expect.FORBIDDEN, desc = "both or none")
@State
public class CancelTwice {
    private final SharedSlab slab = SharedSlab.ofThisThread();
    private final long entry = slab.arm(1);

    /** One. */
    @Actor
    public void first(ZZ_Result result) {
        result.r1 = slab.cancel(entry);
    }

    /** The other. */
    @Actor
    public void second(ZZ_Result result) {
        result.r2 = slab.cancel(entry);
    }
}
