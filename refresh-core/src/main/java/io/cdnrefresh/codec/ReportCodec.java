// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of a batch of reports. Thread-safe.
 *
 * <pre>
 * varint  number of reports, 1 to 4,096, then each:
 *           varint  task id    octet  step    varint  sequence    octet  1 = final    octet  outcome
 *           signed  seconds, varint nanoseconds of "at"
 *           list    exceptions: varint target, octet outcome, text reason
 * </pre>
 */
public final class ReportCodec {
    /** The most reports of one batch. */
    public static final int MAX_REPORTS = 4_096;

    private ReportCodec() {}

    /**
     * Encodes reports.
     *
     * @throws IllegalArgumentException if there are none or too many, or a reason is not well-formed Unicode
     */
    public static byte[] encode(List<Report> reports) {
        if (reports.isEmpty() || reports.size() > MAX_REPORTS) {
            throw new IllegalArgumentException("reports: " + reports.size() + " (expected: 1.." + MAX_REPORTS + ")");
        }
        ByteWriter out = new ByteWriter(8 + reports.size() * 32);
        out.varint(reports.size());
        for (Report report : reports) {
            out.varint(report.task().value());
            out.octet(report.step());
            out.varint(report.sequence());
            out.octet(report.isFinal() ? 1 : 0);
            out.octet(report.outcome().code());
            Times.write(out, report.at());
            out.varint(report.exceptions().size());
            for (TargetResult exception : report.exceptions()) {
                out.varint(exception.target());
                out.octet(exception.outcome().code());
                out.text(Texts.wellFormed(exception.reason()));
            }
        }
        return out.toByteArray();
    }

    /**
     * Decodes reports. Memory and time are bounded by a small multiple of the bytes' length.
     *
     * @throws IllegalArgumentException if {@link #encode} did not write the bytes
     */
    public static List<Report> decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        int count = in.count(8);
        if (count == 0 || count > MAX_REPORTS) {
            throw in.garbage("a number of reports out of range");
        }
        List<Report> reports = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            reports.add(readReport(in));
        }
        in.requireEnd();
        return reports;
    }

    private static Report readReport(ByteReader in) {
        TaskId task = new TaskId(in.varint());
        int step = in.octet();
        long sequence = in.positive();
        boolean isFinal = in.flag();
        Outcome outcome = Outcome.ofCode(in.octet());
        Instant at = Times.read(in);
        int count = in.count(3);
        List<TargetResult> exceptions = count == 0 ? List.of() : new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int target = in.ordinal();
            exceptions.add(new TargetResult(target, Outcome.ofCode(in.octet()), in.text()));
        }
        return new Report(task, step, sequence, isFinal, outcome, exceptions, at);
    }
}
