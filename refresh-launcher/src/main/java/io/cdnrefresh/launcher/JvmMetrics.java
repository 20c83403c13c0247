// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import com.sun.management.UnixOperatingSystemMXBean;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import io.cdnrefresh.spi.MetricSource;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;

/** The figures of the process and its virtual machine. Thread-safe. */
final class JvmMetrics implements MetricSource {
    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final List<BufferPoolMXBean> buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

    @Override
    public List<Metric> metrics() {
        List<Metric> metrics = new ArrayList<>();
        MemoryUsage heap = memory.getHeapMemoryUsage();
        MemoryUsage other = memory.getNonHeapMemoryUsage();
        metrics.add(Metric.of("jvm_memory_used_bytes", Kind.GAUGE, "Memory in use.")
                .add(heap.getUsed(), "area", "heap")
                .add(other.getUsed(), "area", "nonheap")
                .build());
        metrics.add(Metric.of("jvm_memory_committed_bytes", Kind.GAUGE, "Memory taken from the system.")
                .add(heap.getCommitted(), "area", "heap")
                .add(other.getCommitted(), "area", "nonheap")
                .build());
        metrics.add(Metric.of("jvm_memory_max_bytes", Kind.GAUGE, "Memory that may be used at most; -1 = no limit.")
                .add(heap.getMax(), "area", "heap")
                .add(other.getMax(), "area", "nonheap")
                .build());
        Metric.Builder pools = Metric.of("jvm_buffer_pool_used_bytes", Kind.GAUGE, "Buffers outside the heap.");
        buffers.forEach(pool -> pools.add(pool.getMemoryUsed(), "pool", pool.getName()));
        metrics.add(pools.build());
        Metric.Builder seconds =
                Metric.of("jvm_gc_seconds_total", Kind.COUNTER, "Time spent collecting garbage, by collector.");
        Metric.Builder count = Metric.of("jvm_gc_collections_total", Kind.COUNTER, "Collections, by collector.");
        collectors.forEach(collector -> {
            seconds.add(collector.getCollectionTime() / 1_000.0, "gc", collector.getName());
            count.add(collector.getCollectionCount(), "gc", collector.getName());
        });
        metrics.add(seconds.build());
        metrics.add(count.build());
        metrics.add(Metric.gauge(
                "jvm_threads", "Threads.", ManagementFactory.getThreadMXBean().getThreadCount()));
        metrics.add(Metric.gauge(
                "process_start_time_seconds",
                "When the process began, in Unix seconds.",
                ManagementFactory.getRuntimeMXBean().getStartTime() / 1_000.0));
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            metrics.add(Metric.counter(
                    "process_cpu_seconds_total", "Processor time used.", system.getProcessCpuTime() / 1e9));
            metrics.add(
                    Metric.gauge("process_open_fds", "Files and sockets open.", system.getOpenFileDescriptorCount()));
            metrics.add(Metric.gauge(
                    "process_max_fds", "Files and sockets that may be open.", system.getMaxFileDescriptorCount()));
        }
        metrics.add(Metric.of("refresh_build_info", Kind.GAUGE, "Always 1; says which build this is.")
                .add(1, "version", Version.number())
                .build());
        return metrics;
    }
}
