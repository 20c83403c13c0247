// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Priority;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Work of many tenants, given out fairly: deficit round robin by cost, so that a tenant with much work costs each other
 * tenant one quantum at most. Within a tenant by priority, then in order of arrival. Bounded by whoever fills it. Confined
 * to its stage. O(1) for each unit of {@value #QUANTUM} in the cost of what is given out.
 *
 * <p>Source: Shreedhar and Varghese, Efficient Fair Queuing Using Deficit Round Robin, SIGCOMM 1995.
 *
 * @param <E> one piece of work
 */
final class TenantQueue<E> {
    /** What one tenant may take in one turn, in units of cost. */
    static final int QUANTUM = 64;

    private static final int RANKS = 3;

    private final Map<String, Tenant<E>> tenants = new HashMap<>();
    private final ArrayDeque<Tenant<E>> turn = new ArrayDeque<>();
    private int size;

    /** {@code cost} is in the unit of the quantum, at least 1. */
    void add(String tenant, Priority priority, int cost, E work) {
        Tenant<E> owner = tenants.computeIfAbsent(tenant, Tenant::new);
        if (owner.size == 0) {
            turn.add(owner);
        }
        owner.add(priority, new Piece<>(work, cost));
        size++;
    }

    /** The next piece. */
    @Nullable
    E poll() {
        return poll(work -> true);
    }

    /**
     * The next piece, passing over tenants whose first piece may not go now; null = there is none. A tenant that is passed
     * over keeps its place among the others.
     */
    @Nullable
    E poll(Predicate<E> mayGo) {
        int passedOver = 0;
        while (passedOver < turn.size()) {
            Tenant<E> tenant = turn.element();
            Piece<E> head = tenant.peek();
            if (!mayGo.test(head.work)) {
                turn.add(turn.remove());
                passedOver++;
            } else if (tenant.deficit < head.cost) {
                // the end of its turn, and what it may take in the next one
                tenant.deficit += QUANTUM;
                passedOver = 0;
                if (turn.size() > 1) {
                    turn.add(turn.remove());
                }
            } else {
                tenant.deficit -= head.cost;
                tenant.remove();
                size--;
                if (tenant.size == 0) {
                    turn.remove();
                    tenants.remove(tenant.name);
                }
                return head.work;
            }
        }
        return null;
    }

    int size() {
        return size;
    }

    private record Piece<E>(E work, int cost) {}

    private static final class Tenant<E> {
        private final String name;
        private final ArrayDeque<Piece<E>>[] ranks;
        private int size;
        private int deficit = QUANTUM;

        @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
        Tenant(String name) {
            this.name = name;
            ranks = new ArrayDeque[RANKS];
            for (int i = 0; i < RANKS; i++) {
                ranks[i] = new ArrayDeque<>(2);
            }
        }

        void add(Priority priority, Piece<E> piece) {
            ranks[rank(priority)].add(piece);
            size++;
        }

        private static int rank(Priority priority) {
            return switch (priority) {
                case URGENT -> 0;
                case NORMAL -> 1;
                case BULK -> 2;
            };
        }

        private ArrayDeque<Piece<E>> first() {
            for (ArrayDeque<Piece<E>> rank : ranks) {
                if (!rank.isEmpty()) {
                    return rank;
                }
            }
            throw new IllegalStateException("tenant: " + name + " (expected: work)");
        }

        Piece<E> peek() {
            return first().element();
        }

        void remove() {
            first().remove();
            size--;
        }
    }
}
