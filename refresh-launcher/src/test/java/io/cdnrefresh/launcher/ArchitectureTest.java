// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The house as designed: arrows between modules and packages only go down, and the picture in docs/architecture.md is the
 * one that the code draws. {@code -DargLine=-Drefresh.write-docs=true} draws it again.
 */
@AnalyzeClasses(
        packages = "io.cdnrefresh",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
    private static final String ROOT = "io.cdnrefresh";

    @ArchTest
    static final ArchRule ARROWS_GO_DOWN = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.cdnrefresh..")
            .layer("launcher")
            .definedBy("io.cdnrefresh.launcher..")
            .layer("netty")
            .definedBy("io.cdnrefresh.netty..")
            .layer("mysql")
            .definedBy("io.cdnrefresh.mysql..")
            .layer("redis")
            .definedBy("io.cdnrefresh.redis..")
            .layer("root")
            .definedBy(ROOT)
            .layer("stages")
            .definedBy("io.cdnrefresh.engine..", "io.cdnrefresh.proxy..")
            .layer("parts")
            .definedBy(
                    "io.cdnrefresh.local..", "io.cdnrefresh.timer..", "io.cdnrefresh.limit..", "io.cdnrefresh.alert..")
            .layer("contracts")
            .definedBy("io.cdnrefresh.spi..", "io.cdnrefresh.codec..", "io.cdnrefresh.state..")
            .layer("blocks")
            .definedBy("io.cdnrefresh.stats..", "io.cdnrefresh.ring..", "io.cdnrefresh.event..", "io.cdnrefresh.diag..")
            .layer("model")
            .definedBy("io.cdnrefresh.model..")
            .withOptionalLayers(true)
            .whereLayer("launcher")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("netty")
            .mayOnlyBeAccessedByLayers("launcher")
            .whereLayer("mysql")
            .mayOnlyBeAccessedByLayers("launcher")
            .whereLayer("redis")
            .mayOnlyBeAccessedByLayers("launcher")
            .whereLayer("root")
            .mayOnlyBeAccessedByLayers("launcher", "netty", "mysql", "redis")
            .whereLayer("stages")
            .mayOnlyBeAccessedByLayers("launcher", "root")
            .whereLayer("parts")
            .mayOnlyBeAccessedByLayers("launcher", "netty", "mysql", "redis", "root", "stages")
            .whereLayer("contracts")
            .mayOnlyBeAccessedByLayers("launcher", "netty", "mysql", "redis", "root", "stages", "parts")
            .whereLayer("blocks")
            .mayOnlyBeAccessedByLayers("launcher", "netty", "mysql", "redis", "root", "stages", "parts", "contracts");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.cdnrefresh.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule CORE_IS_SMALL = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.cdnrefresh.launcher..",
                    "io.cdnrefresh.netty..",
                    "io.cdnrefresh.mysql..",
                    "io.cdnrefresh.redis..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "java.sql..", "javax.sql..", "io.lettuce..", "com.sun.net..");

    /** Most other classes of Agrona want {@code --add-opens}, which a library must not ask of its embedder. */
    @ArchTest
    static final ArchRule ONLY_COLLECTIONS_OF_AGRONA = noClasses()
            .should()
            .dependOnClassesThat(
                    resideInAPackage("org.agrona..").and(not(resideInAPackage("org.agrona.collections.."))));

    /** The guard before the parser must not be gone around. */
    @ArchTest
    static final ArchRule ONLY_THE_CODEC_PARSES_JSON = noClasses()
            .that()
            .resideOutsideOfPackage("io.cdnrefresh.codec..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.jsoniter..");

    @ArchTest
    static final ArchRule ENGINE_AND_PROXY_DO_NOT_SEE_EACH_OTHER = noClasses()
            .that()
            .resideInAPackage("io.cdnrefresh.engine..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.cdnrefresh.proxy..");

    @ArchTest
    static final ArchRule ONE_SOURCE_OF_TIME = noClasses()
            .that()
            .resideInAnyPackage(ROOT, "io.cdnrefresh.engine..", "io.cdnrefresh.proxy..", "io.cdnrefresh.alert..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Instant.class, "now");

    @ArchTest
    static final ArchRule NO_EXECUTORS = noClasses()
            .that()
            .resideOutsideOfPackage("io.cdnrefresh.launcher..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.Executors");

    @ArchTest
    static final ArchRule NOTHING_INTERNAL_IN_PUBLIC_SIGNATURES = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(ROOT, "io.cdnrefresh.model..", "io.cdnrefresh.spi..", "io.cdnrefresh.local..")
            .should(new ArchCondition<>("use only exported types") {
                private static final Pattern INTERNAL = Pattern.compile(
                        "io\\.cdnrefresh\\.(engine|proxy|state|ring|timer|event|limit|stats|diag|alert|codec)\\..*");

                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    boolean isPublicOwner = method.getOwner().getModifiers().contains(JavaModifier.PUBLIC);
                    for (JavaClass type : method.getRawParameterTypes()) {
                        check(method, type, isPublicOwner, events);
                    }
                    check(method, method.getRawReturnType(), isPublicOwner, events);
                }

                private void check(JavaMethod method, JavaClass type, boolean isPublicOwner, ConditionEvents events) {
                    if (isPublicOwner && INTERNAL.matcher(type.getFullName()).matches()) {
                        events.add(SimpleConditionEvent.violated(
                                method, method.getFullName() + " shows " + type.getFullName()));
                    }
                }
            });

    @ArchTest
    static final ArchRule NO_REFLECTION = classes()
            .that()
            .resideInAnyPackage("io.cdnrefresh.engine..", "io.cdnrefresh.ring..", "io.cdnrefresh.timer..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("java.lang.reflect..");

    @ArchTest
    static void picture_inTheDocuments_isTheOneOfTheCode(JavaClasses all) throws IOException {
        Path file = Path.of("..", "docs", "architecture.md");
        String text = Files.readString(file);
        String from = "<!-- picture: drawn by ArchitectureTest -->\n";
        String to = "<!-- end of picture -->";
        int start = text.indexOf(from) + from.length();
        int end = text.indexOf(to);
        assertThat(end).isGreaterThanOrEqualTo(start);
        String wanted = text.substring(0, start) + draw(all) + text.substring(end);
        if (Boolean.getBoolean("refresh.write-docs")) {
            Files.writeString(file, wanted);
            text = wanted;
        }
        assertThat(text)
                .as("-DargLine=-Drefresh.write-docs=true draws it again")
                .isEqualTo(wanted);
    }

    private static String draw(JavaClasses all) {
        TreeMap<String, TreeSet<String>> arrows = new TreeMap<>();
        for (JavaClass type : all) {
            String here = name(type.getPackageName());
            arrows.computeIfAbsent(here, any -> new TreeSet<>());
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String there = dependency.getTargetClass().getPackageName();
                if (there.startsWith(ROOT) && !name(there).equals(here)) {
                    arrows.get(here).add(name(there));
                }
            }
        }
        StringBuilder picture = new StringBuilder("```mermaid\nflowchart TD\n");
        arrows.keySet().forEach(box -> picture.append("  ").append(box).append('\n'));
        arrows.forEach((box, targets) -> targets.forEach(target ->
                picture.append("  ").append(box).append(" --> ").append(target).append('\n')));
        return picture.append("```\n").toString();
    }

    private static String name(String packageName) {
        return packageName.equals(ROOT) ? "root" : packageName.substring(ROOT.length() + 1);
    }

    /** The test kits of the modules come as jars here. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }
}
