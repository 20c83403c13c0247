// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the virtual machine tells of itself. Blocks, some of it for seconds; thread-safe. */
final class Diagnostics {
    private static final Logger logger = LoggerFactory.getLogger(Diagnostics.class);
    private static final long MIB = 1 << 20;

    private Diagnostics() {}

    /** Every thread with its stack, those that used most processor time first; threads that wait for each other on top. */
    static String threads() {
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        ThreadInfo[] all = bean.dumpAllThreads(true, true);
        Arrays.sort(
                all,
                Comparator.comparingLong((ThreadInfo info) -> bean.getThreadCpuTime(info.getThreadId()))
                        .reversed());
        StringBuilder out = new StringBuilder(65_536);
        out.append(all.length).append(" threads\n").append(deadlocks(bean)).append('\n');
        for (ThreadInfo info : all) {
            append(out, info, bean.getThreadCpuTime(info.getThreadId()));
        }
        return out.toString();
    }

    /** Threads that wait for each other for ever, as far as the virtual machine knows. */
    static String deadlocks() {
        return deadlocks(ManagementFactory.getThreadMXBean());
    }

    private static String deadlocks(ThreadMXBean bean) {
        long[] stuck = bean.findDeadlockedThreads();
        if (stuck == null) {
            return "no deadlock\n";
        }
        StringBuilder out = new StringBuilder("DEADLOCK\n");
        for (ThreadInfo info : bean.getThreadInfo(stuck)) {
            if (info != null) {
                out.append("  ")
                        .append(info.getThreadName())
                        .append(" waits for ")
                        .append(info.getLockName())
                        .append(" held by ")
                        .append(info.getLockOwnerName())
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, ThreadInfo info, long cpuNanos) {
        out.append('"').append(info.getThreadName()).append("\" ").append(info.getThreadState());
        out.append(" cpu=").append(cpuNanos / 1_000_000).append("ms");
        if (info.getLockName() != null) {
            out.append(" on ").append(info.getLockName());
            if (info.getLockOwnerName() != null) {
                out.append(" held by \"").append(info.getLockOwnerName()).append('"');
            }
        }
        out.append('\n');
        StackTraceElement[] stack = info.getStackTrace();
        MonitorInfo[] monitors = info.getLockedMonitors();
        for (int depth = 0; depth < stack.length; depth++) {
            out.append("    at ").append(place(stack[depth])).append('\n');
            for (MonitorInfo monitor : monitors) {
                if (monitor.getLockedStackDepth() == depth) {
                    out.append("      holds ").append(monitor).append('\n');
                }
            }
        }
        out.append('\n');
    }

    private static String place(StackTraceElement frame) {
        String where = frame.isNativeMethod() ? "native" : frame.getFileName() + ":" + frame.getLineNumber();
        return frame.getClassName() + "." + frame.getMethodName() + "(" + where + ")";
    }

    /**
     * Objects by class, the largest first.
     *
     * @param isLive whether garbage is collected first, which stops everything for longer
     */
    static String histogram(boolean isLive, int lines) {
        String all = command("gcClassHistogram", isLive ? new String[0] : new String[] {"-all"});
        StringBuilder out = new StringBuilder();
        int left = lines;
        for (String row : all.split("\n", -1)) {
            // "   1:   4711 ..." is a class; head and sum are not numbered
            boolean isClass = row.matches(" *\\d+: .*");
            if (!isClass && !row.isBlank() || isClass && left-- > 0) {
                out.append(row).append('\n');
            }
        }
        return out.toString();
    }

    private static String command(String name, String... arguments) {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName bean = new ObjectName("com.sun.management:type=DiagnosticCommand");
            Object answer =
                    server.invoke(bean, name, new Object[] {arguments}, new String[] {String[].class.getName()});
            return String.valueOf(answer);
        } catch (JMException e) {
            throw new IllegalStateException(name + ": " + e.getMessage(), e);
        }
    }

    /** Heap and the rest, in MiB. */
    static String memory() {
        StringBuilder out = new StringBuilder("area                              used MiB  committed MiB  most MiB\n");
        line(out, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        line(out, "other than heap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        ManagementFactory.getMemoryPoolMXBeans().forEach(pool -> {
            MemoryUsage usage = pool.getUsage();
            if (usage != null) {
                line(out, "  " + pool.getName(), usage);
            }
        });
        ManagementFactory.getPlatformMXBeans(java.lang.management.BufferPoolMXBean.class)
                .forEach(pool ->
                        out.append("%-32s %9d%n".formatted("buffers " + pool.getName(), pool.getMemoryUsed() / MIB)));
        return out.toString();
    }

    private static void line(StringBuilder out, String name, MemoryUsage usage) {
        out.append("%-32s %9d %14d %9s%n"
                .formatted(
                        name,
                        usage.getUsed() / MIB,
                        usage.getCommitted() / MIB,
                        usage.getMax() < 0 ? "-" : String.valueOf(usage.getMax() / MIB)));
    }

    /** Collects garbage and gives what is free back to the system; what came of it. */
    static String giveBack() {
        MemoryUsage before = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        System.gc();
        trimNative();
        MemoryUsage after = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        String said = "heap used %d -> %d MiB, committed %d -> %d MiB"
                .formatted(
                        before.getUsed() / MIB,
                        after.getUsed() / MIB,
                        before.getCommitted() / MIB,
                        after.getCommitted() / MIB);
        logger.info("memory given back {}", said);
        return said + "\n";
    }

    /** The C library's free memory; virtual machines that are older than the command, or not on Linux, cannot. */
    private static void trimNative() {
        try {
            command("systemTrimNativeHeap");
        } catch (IllegalStateException absent) {
            logger.debug("native heap not trimmed cause={}", absent.getMessage());
        }
    }

    /** Writes every object to a file, which must not exist and ends in {@code .hprof}. */
    static void dump(Path file) throws IOException {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file.toString(), true);
    }
}
