// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals of the operating system. Java has no public way to them; the one that every runtime of OpenJDK has is looked up by
 * name, so that a runtime without it merely does without. Stateless.
 */
final class Signals {
    private static final Logger logger = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /** Runs something whenever the signal ({@code HUP}, {@code USR1}) comes, on a thread of the runtime's for it. */
    static void on(String name, Runnable work) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            logger.info("signal {}", name);
                            work.run();
                        }
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> arguments != null && proxy == arguments[0];
                            case "toString" -> "handler of " + name;
                            default -> null;
                        };
                    });
            type.getMethod("handle", type, handlerType)
                    .invoke(null, type.getConstructor(String.class).newInstance(name), handler);
        } catch (ClassNotFoundException | NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            logger.info("signal {} is not taken: not in this runtime", name);
        } catch (InvocationTargetException e) {
            logger.info("signal {} is not taken cause={}", name, String.valueOf(e.getCause()));
        }
    }
}
