// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.TaskRows;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** What all stores over JDBC do beyond the contract. */
final class StoreChecks {
    private StoreChecks() {}

    private static EngineEpoch claim(JdbcStore store) {
        return store.claimEngine(OptionalInt.of(7), "checks", Duration.ofMinutes(5))
                .epoch();
    }

    static void retiresOldAudit(JdbcStore store) {
        EngineEpoch engine = claim(store);
        Instant now = Instant.now();
        List<AuditRecord> records = new ArrayList<>();
        for (int days : new int[] {800, 500, 401, 399, 1}) {
            records.add(new AuditRecord(now.minus(Duration.ofDays(days)), "key", "", "drain", "" + days, ""));
        }
        store.audit(records);
        store.retire(engine, now, 2);
        assertThat(store.auditLog(10)).extracting(AuditRecord::subject).containsExactly("1", "399", "401");
        store.retire(engine, now, 2);
        store.retire(engine, now, 2);
        assertThat(store.auditLog(10)).extracting(AuditRecord::subject).containsExactly("1", "399");
    }

    static void recoversInSmallPages(JdbcStore store) {
        EngineEpoch engine = claim(store);
        TaskRows rows = TaskRows.of(engine);
        List<TaskId> ids = new ArrayList<>();
        Random random = new Random(42);
        for (int i = 0; i < 12; i++) {
            String[] urls = new String[120];
            for (int k = 0; k < urls.length; k++) {
                StringBuilder url = new StringBuilder("https://www.example.com/");
                while (url.length() < 8_000) {
                    url.append(Long.toString(random.nextLong() >>> 1, 36));
                }
                urls[k] = url.toString();
            }
            TaskRow row = rows.row(RefreshTask.purge(urls));
            ids.add(row.id());
            store.insert(engine, List.of(row));
        }
        List<TaskRow> small = rows.rows(2_000);
        small.forEach(row -> ids.add(row.id()));
        store.insert(engine, small);
        List<TaskId> recovered = new ArrayList<>();
        int fewest = Integer.MAX_VALUE;
        long after = 0;
        while (true) {
            List<TaskRow> page = store.recover(engine, after, 1_000);
            if (page.isEmpty()) {
                break;
            }
            fewest = Math.min(fewest, page.size());
            page.forEach(row -> recovered.add(row.id()));
            after = recovered.get(recovered.size() - 1).value();
        }
        assertThat(recovered).containsExactlyElementsOf(ids);
        assertThat(fewest).as("pages of large tasks").isLessThan(12);
    }
}
