// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.CallbackStoreContract;
import io.cdnrefresh.testkit.RegistryStoreContract;
import io.cdnrefresh.testkit.SharedStoreContract;
import io.cdnrefresh.testkit.TaskQueriesContract;
import io.cdnrefresh.testkit.TaskRows;
import io.cdnrefresh.testkit.TaskStoreContract;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MemoryStoreTest {
    @Nested
    class Tasks extends TaskStoreContract {
        @Override
        protected TaskStore open() {
            return new MemoryStore();
        }
    }

    @Nested
    class Queries extends TaskQueriesContract {
        @Override
        protected TaskStore open() {
            return new MemoryStore();
        }
    }

    @Nested
    class Shared extends SharedStoreContract {
        @Override
        protected TaskStore open() {
            return new MemoryStore();
        }
    }

    @Nested
    class Callbacks extends CallbackStoreContract {
        @Override
        protected TaskStore openEmpty() {
            return new MemoryStore();
        }
    }

    @Nested
    class Registry extends RegistryStoreContract {
        @Override
        protected RegistryStore openRegistry() {
            return new MemoryStore();
        }

        @Override
        protected void closeRegistry(RegistryStore opened) {
            ((MemoryStore) opened).close();
        }
    }

    @Test
    void insert_moreThanFits_dropsSettledOnesThenRefuses() {
        MemoryStore store = new MemoryStore(3, EngineClock.system());
        EngineEpoch engine =
                store.claimEngine(OptionalInt.of(1), "a", Duration.ofMinutes(1)).epoch();
        TaskRows rows = TaskRows.of(engine);
        List<TaskRow> first = rows.rows(3);
        store.insert(engine, first);
        store.update(engine, List.of(rows.update(first.get(1), 2, TaskState.DONE)));
        TaskRow fourth = rows.row();
        store.insert(engine, List.of(fourth));
        assertThat(store.find(first.get(1).id())).isEmpty();
        assertThat(store.find(fourth.id())).isPresent();
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.insert(engine, List.of(rows.row())))
                .returns(Category.RETRYABLE, StoreException::category);
    }

    @Test
    void construct_noRoom_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryStore(0, EngineClock.system()))
                .withMessageContaining("maxTasks: 0");
    }
}
