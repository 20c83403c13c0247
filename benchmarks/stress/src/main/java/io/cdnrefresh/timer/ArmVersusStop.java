// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.RefreshTimer.Armed;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Is a timer that is armed while the wheel stops either refused or given back? */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "armed, and given back")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(expect = Expect.FORBIDDEN, desc = "lost")
@State
public class ArmVersusStop {
    private final Shard shard = opened();

    private static Shard opened() {
        Shard shard = new Shard(0, 20);
        shard.open(0);
        return shard;
    }

    /** As the wheel's arm does it. */
    @Actor
    public void arm(ZI_Result result) {
        shard.lock();
        result.r1 = shard.isOpen() && shard.arm(1, 0, 1) != 0;
        shard.unlock();
    }

    /** As the wheel's stop does it. */
    @Actor
    public void stop(ZI_Result result) {
        List<Armed> left = new ArrayList<>();
        shard.lock();
        shard.close(left);
        shard.unlock();
        result.r2 = left.size();
    }
}
