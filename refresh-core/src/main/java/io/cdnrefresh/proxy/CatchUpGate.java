// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.spi.Standing.Word;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the node may serve: red from the start of the process until it has caught up with every engine that holds a
 * lease, and again after an engine has declared it offline. Losing engines turns nothing red, unless the node is to
 * withdraw when it is cut off. It opens by itself after a while, with a warning: then it serves unproven.
 *
 * <p>Thread-safe.
 */
final class CatchUpGate {
    private static final Logger logger = LoggerFactory.getLogger(CatchUpGate.class);
    /** An engine that says nothing for so long is of an older version: it counts as caught up with. */
    private static final long SILENT_NANOS = 3_000_000_000L;
    /** Without any engine for so long, the node is cut off. */
    private static final long CUT_OFF_NANOS = 30_000_000_000L;

    private final long maxWaitNanos;
    private final boolean withdraws;
    private final Map<EngineLink, Heard> links = new HashMap<>();
    private boolean isOpen;
    private boolean wasLinked;
    /** An operator keeps the node out: the last word of any engine counts, also when all are gone. */
    private boolean isHeld;

    private long redNanos;
    private long aloneNanos;
    private String reason = "no engine was met yet";

    /** {@code withdraws}: a node that is cut off from every engine leaves the service. */
    CatchUpGate(Duration maxWait, boolean withdraws, long nowNanos) {
        maxWaitNanos = maxWait.toNanos();
        this.withdraws = withdraws;
        redNanos = nowNanos;
        aloneNanos = nowNanos;
    }

    private record Heard(long joinedNanos, @Nullable Standing standing) {}

    synchronized void joined(EngineLink link, long nowNanos) {
        links.put(link, new Heard(nowNanos, null));
        wasLinked = true;
    }

    synchronized void told(EngineLink link, Standing standing, long nowNanos) {
        Heard heard = links.get(link);
        if (heard == null) {
            return;
        }
        Word before = heard.standing == null ? Word.CATCHING_UP : heard.standing.word();
        links.put(link, new Heard(heard.joinedNanos, standing));
        isHeld = links.values().stream().anyMatch(each -> each.standing != null && each.standing.word() == Word.HELD);
        if (isHeld && isOpen) {
            close("an operator has taken this node out", nowNanos);
        } else if (standing.word() == Word.WITHDRAW && before != Word.WITHDRAW && isOpen) {
            close("this node was declared offline and has not caught up", nowNanos);
        } else if (before == Word.HELD && !isHeld) {
            redNanos = nowNanos; // from here on it catches up
        }
        evaluate(nowNanos);
    }

    synchronized void lost(EngineLink link, long nowNanos) {
        links.remove(link);
        if (links.isEmpty()) {
            aloneNanos = nowNanos;
        }
    }

    /** Whether the node may serve. */
    synchronized boolean isOpen(long nowNanos) {
        evaluate(nowNanos);
        return isOpen;
    }

    /** Why it may not; empty if it may. */
    synchronized String reason(long nowNanos) {
        evaluate(nowNanos);
        return isOpen ? "" : reason;
    }

    private void evaluate(long nowNanos) {
        if (isOpen) {
            if (withdraws && links.isEmpty() && nowNanos - aloneNanos >= CUT_OFF_NANOS) {
                close("this node is cut off from every engine", nowNanos);
            }
            return;
        }
        if (isHeld) {
            reason = "an operator has taken this node out";
            return;
        }
        if (links.isEmpty()) {
            boolean isOver = !withdraws && nowNanos - redNanos >= maxWaitNanos;
            if (isOver && wasLinked) {
                openUnproven("no engine answers");
            }
            return;
        }
        Set<Integer> done = new HashSet<>();
        int engines = 1;
        boolean isExcused = false;
        for (Map.Entry<EngineLink, Heard> each : links.entrySet()) {
            Standing standing = each.getValue().standing;
            boolean isOld = standing == null && nowNanos - each.getValue().joinedNanos >= SILENT_NANOS;
            if (isOld || standing != null && standing.word() == Word.CAUGHT_UP) {
                done.add(each.getKey().engine().engine());
            }
            engines = Math.max(engines, standing == null ? 1 : standing.engines());
            isExcused |= standing != null && standing.word() == Word.EXCUSED;
        }
        if (done.size() >= Math.max(engines, engineCount())) {
            isOpen = true;
            logger.info("node serves, caught up engines={} millis={}", done.size(), (nowNanos - redNanos) / 1_000_000);
        } else if (isExcused) {
            openUnproven("too many of its group are out of service");
        } else if (nowNanos - redNanos >= maxWaitNanos) {
            openUnproven("gate.max-wait is over");
        } else {
            reason = "caught up with " + done.size() + " of " + Math.max(engines, engineCount()) + " engines";
        }
    }

    private int engineCount() {
        Set<Integer> engines = new HashSet<>();
        links.keySet().forEach(link -> engines.add(link.engine().engine()));
        return engines.size();
    }

    private void openUnproven(String why) {
        isOpen = true;
        logger.warn("node serves without having caught up, unproven cause={}", why);
    }

    private void close(String why, long nowNanos) {
        isOpen = false;
        redNanos = nowNanos;
        reason = why;
        logger.warn("node leaves the service cause={}", why);
    }
}
