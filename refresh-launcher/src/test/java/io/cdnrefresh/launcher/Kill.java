// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

/** Who is killed, and when. */
enum Kill {
    /** The engine at a random moment. */
    ENGINE,
    /** The database at a random moment; the engine lives on. */
    DATABASE,
    /** Both at a random moment. */
    BOTH,
    /** The engine between a commit and its 202s. */
    INSERTED,
    /** The engine between reports and their update. */
    REPORTED,
    /** The engine between an update's commit and its acknowledgements and tellings. */
    UPDATED;

    /** All that can befall an engine whose store is a part of it. */
    static Kill[] withoutServer() {
        return new Kill[] {ENGINE, INSERTED, REPORTED, UPDATED};
    }

    boolean isOfDatabase() {
        return this == DATABASE || this == BOTH;
    }

    KilledEngine.Moment moment() {
        return switch (this) {
            case INSERTED -> KilledEngine.Moment.INSERTED;
            case REPORTED -> KilledEngine.Moment.REPORTED;
            case UPDATED -> KilledEngine.Moment.UPDATED;
            case ENGINE, DATABASE, BOTH -> KilledEngine.Moment.NEVER;
        };
    }

    /** The three chosen moments together are one kind. */
    int share(int rounds) {
        return moment() == KilledEngine.Moment.NEVER ? rounds : (rounds + 2) / 3;
    }
}
