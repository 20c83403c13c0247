// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;

/** One command of one link that is to be answered: every asker gets the report with its own sequence. */
final class Asker {
    final Entry entry;
    final Link link;
    final long sequence;
    /** What it asks about: the entry's command, or one that is done with it. */
    final Command.Name name;

    boolean isQueued;
    boolean isInterimSent;

    Asker(Entry entry, Link link, long sequence, Command.Name name) {
        this.entry = entry;
        this.link = link;
        this.sequence = sequence;
        this.name = name;
    }
}
