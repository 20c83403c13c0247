// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Does a timer that is armed in a cell just given back live on, whatever is done with the old handle? */
@JCStressTest
@Outcome(id = "true, false, 2", expect = Expect.ACCEPTABLE, desc = "the old one ended once, the new one is armed")
@Outcome(expect = Expect.FORBIDDEN, desc = "the old handle ended the new timer, or its words are torn")
@State
public class HandleReuse {
    private final SharedSlab slab = SharedSlab.ofThisThread();
    private final long old = slab.arm(1);
    private long fresh;

    /** Cancels twice. */
    @Actor
    public void cancel(ZZJ_Result result) {
        result.r1 = slab.cancel(old);
        result.r2 = slab.cancel(old);
    }

    /** Arms, perhaps in the same cell. */
    @Actor
    public void arm() {
        fresh = slab.arm(2);
    }

    /** Looks at the new one and ends it. */
    @Arbiter
    public void look(ZZJ_Result result) {
        result.r3 = slab.payload(fresh);
        if (!slab.cancel(fresh)) {
            result.r3 = -1;
        }
    }
}
