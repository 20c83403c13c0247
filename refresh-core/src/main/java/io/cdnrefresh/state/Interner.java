// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import org.jspecify.annotations.Nullable;

/**
 * Makes equal immutable values one object, so that millions of tasks share it. Confined to one thread; O(1); never grows:
 * a value that falls onto another's place takes it, and then some equal values are two objects, which is harmless.
 *
 * @param <T> values with {@code equals} and {@code hashCode}
 */
public final class Interner<T> {
    private final @Nullable Object[] places;

    /** Creates an interner with so many places, a power of two. */
    public Interner(int places) {
        if (Integer.bitCount(places) != 1) {
            throw new IllegalArgumentException("places: " + places + " (expected: a power of two)");
        }
        this.places = new Object[places];
    }

    /** The object that stands for all that are equal to this one. */
    @SuppressWarnings("unchecked") // equal to a T in the same place: put there as a T
    public T intern(T value) {
        int hash = value.hashCode() * 0x9E3779B9;
        int place = hash >>> 16 & places.length - 1;
        Object known = places[place];
        if (known != null && known.equals(value)) {
            return (T) known;
        }
        places[place] = value;
        return value;
    }
}
