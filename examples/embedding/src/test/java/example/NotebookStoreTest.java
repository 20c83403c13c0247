// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.TaskStoreContract;
import java.util.Optional;

/** The store keeps every promise of the SPI. */
class NotebookStoreTest extends TaskStoreContract {
    @Override
    protected TaskStore open() {
        return new NotebookStore();
    }

    @Override
    protected Optional<TaskRow> find(TaskStore store, TaskId id) {
        return ((NotebookStore) store).row(id);
    }
}
