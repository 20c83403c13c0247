// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowCodecTest {
    private static final Instant ACCEPTED = Instant.parse("2026-11-22T10:00:00.123Z");

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void row_ofEachState_isTheSameAfterwards(TaskState state) {
        TaskRow row = row(new TaskStatus(
                7L << 32 | 5,
                state,
                2,
                OutcomeCounts.of(new long[] {0, 3, 0, 1L << 40}),
                17,
                new byte[] {1, 2, -3},
                ACCEPTED.plusNanos(1),
                ACCEPTED.plusSeconds(3)));

        TaskRow read = RowCodec.decode(RowCodec.encode(row), row.devices());

        assertThat(read).usingRecursiveComparison().isEqualTo(row);
    }

    @Test
    void row_thatHasNotEnded_hasNoTimesOfAnEnd() {
        TaskRow row =
                row(new TaskStatus(1, TaskState.RUNNING, 0, OutcomeCounts.pending(1), 0, new byte[0], null, null));

        TaskStatus read = RowCodec.decode(RowCodec.encode(row), row.devices()).status();

        assertThat(read.finalAt()).isNull();
        assertThat(read.settledAt()).isNull();
        assertThat(read.counts()).isEqualTo(OutcomeCounts.pending(1));
    }

    private static TaskRow row(TaskStatus status) {
        return new TaskRow(
                new TaskId(Long.MAX_VALUE),
                new EngineEpoch(1023, 7),
                RefreshTask.purge("https://www.example.com/a.css", "https://www.example.com/b.css?x=1"),
                DeviceSet.of(1, 5),
                ACCEPTED,
                ACCEPTED.plusNanos(999),
                null,
                status);
    }
}
