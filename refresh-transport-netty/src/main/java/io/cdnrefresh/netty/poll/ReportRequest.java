// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ProxyHealth;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a report request (docs/protocol.md). Immutable.
 *
 * @param device its device id
 * @param link names its connection
 * @param batch number of the batch, 1, 2, 3 …; 0 = none, and the answer comes when the reports are durable
 * @param reports may be empty
 * @param health how the proxy is; null = it does not say
 * @param isLeaving whether the proxy goes
 */
record ReportRequest(
        String device,
        String link,
        long batch,
        List<Report> reports,
        @Nullable ProxyHealth health,
        boolean isLeaving) {
    private static final int MAX_EXCEPTIONS = 100_000;

    byte[] encode() {
        JsonWriter json = new JsonWriter(256 + 192 * reports.size()).beginObject();
        json.field("device").value(device);
        json.field("link").value(link);
        if (batch > 0) {
            json.field("batch").value(batch);
        }
        json.field("reports").beginArray();
        reports.forEach(report -> write(json, report));
        json.endArray();
        if (health != null) {
            PollRequest.writeHealth(json, health);
        }
        if (isLeaving) {
            json.field("leave").value(true);
        }
        return json.endObject().toArray();
    }

    private static void write(JsonWriter json, Report report) {
        json.beginObject().field("id").value(report.task().toString());
        json.field("step").value(report.step());
        json.field("sequence").value(report.sequence());
        json.field("final").value(report.isFinal());
        json.field("outcome").value(report.outcome().wireName());
        json.field("at").value(report.at().toString());
        if (!report.exceptions().isEmpty()) {
            json.field("exceptions").beginArray();
            for (TargetResult exception : report.exceptions()) {
                json.beginObject().field("target").value(exception.target());
                json.field("outcome").value(exception.outcome().wireName());
                json.field("reason").value(exception.reason()).endObject();
            }
            json.endArray();
        }
        json.endObject();
    }

    /**
     * Reads a body.
     *
     * @param now stands for times that are not given
     * @throws IllegalArgumentException naming the field that is wrong
     */
    static ReportRequest decode(byte[] body, Instant now) {
        return JsonIn.read(body, in -> {
            Fields fields = new Fields(in, now);
            in.object("body", fields::read);
            return fields.request();
        });
    }

    private static final class Fields {
        private final JsonIn in;
        private final Instant now;
        private String device = "";
        private String bootId = "";
        private String link = "";
        private long batch;
        private final List<Report> reports = new ArrayList<>();
        private @Nullable ProxyHealth health;
        private boolean isLeaving;

        Fields(JsonIn in, Instant now) {
            this.in = in;
            this.now = now;
        }

        void read(String name) {
            switch (name) {
                case "device" -> device = in.text(name, PollRequest.MAX_TEXT);
                case "bootId" -> bootId = in.text(name, PollRequest.MAX_TEXT);
                case "link" -> link = in.text(name, PollRequest.MAX_TEXT);
                case "batch" -> batch = in.number(name, 1, Long.MAX_VALUE);
                case "reports" -> in.array(name, ReportCodec.MAX_REPORTS, () -> reports.add(readReport(in, now)));
                case "health" -> health = PollRequest.readHealth(in, now);
                case "leave" -> isLeaving = in.flag(name);
                default -> in.skip();
            }
        }

        ReportRequest request() {
            if (device.isEmpty() || link.isEmpty() && bootId.isEmpty()) {
                throw new IllegalArgumentException("device: missing, or bootId (expected: both)");
            }
            return new ReportRequest(device, link.isEmpty() ? bootId : link, batch, reports, health, isLeaving);
        }
    }

    private static Report readReport(JsonIn in, Instant now) {
        long[] numbers = {0, -1};
        boolean[] isFinal = {true};
        Instant[] at = {now};
        @Nullable Object[] found = {null, null};
        List<TargetResult> exceptions = new ArrayList<>();
        in.object("report", name -> {
            switch (name) {
                case "id" -> found[0] = TaskId.parse(in.text(name));
                case "step" -> numbers[0] = in.number(name, 0, 255);
                case "sequence" -> numbers[1] = in.number(name, 0, Long.MAX_VALUE);
                case "final" -> isFinal[0] = in.flag(name);
                case "outcome" -> found[1] = Outcome.parse(name, in.text(name));
                case "at" -> at[0] = in.time(name);
                case "exceptions" -> in.array(name, MAX_EXCEPTIONS, () -> exceptions.add(readException(in)));
                default -> in.skip();
            }
        });
        if (found[0] == null || found[1] == null || numbers[1] < 0) {
            throw new IllegalArgumentException("report: incomplete (expected: id, sequence, outcome)");
        }
        return new Report(
                (TaskId) requireNonNull(found[0]),
                (int) numbers[0],
                numbers[1],
                isFinal[0],
                (Outcome) requireNonNull(found[1]),
                exceptions,
                at[0]);
    }

    private static TargetResult readException(JsonIn in) {
        int[] target = {-1};
        Outcome[] outcome = {Outcome.FAILED};
        String[] reason = {""};
        in.object("exception", name -> {
            switch (name) {
                case "target" -> target[0] = (int) in.number(name, 0, MAX_EXCEPTIONS);
                case "outcome" -> outcome[0] = Outcome.parse(name, in.text(name));
                case "reason" -> reason[0] = in.text(name);
                default -> in.skip();
            }
        });
        return new TargetResult(target[0], outcome[0], reason[0]);
    }
}
