// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The walls of this module. */
@AnalyzeClasses(packages = "io.cdnrefresh.netty", importOptions = ImportOption.DoNotIncludeTests.class)
final class TransportArchitectureTest {
    /** What others may use of the packages listed here; everything else in them is package-private. */
    private static final Set<String> PUBLIC_TYPES = Set.of(
            "io.cdnrefresh.netty.NettyLoops",
            "io.cdnrefresh.netty.client.AddressRules",
            "io.cdnrefresh.netty.client.HttpCall",
            "io.cdnrefresh.netty.client.HttpClient",
            "io.cdnrefresh.netty.client.HttpClientStats",
            "io.cdnrefresh.netty.client.HttpReply",
            "io.cdnrefresh.netty.client.PeerCalls",
            "io.cdnrefresh.netty.dialect.DialectEndpoint",
            "io.cdnrefresh.netty.client.WebhookCalls",
            "io.cdnrefresh.netty.http.CorsEndpoint",
            "io.cdnrefresh.netty.http.HttpApiServer",
            "io.cdnrefresh.netty.http.HttpApiServerBuilder",
            "io.cdnrefresh.netty.http.HttpServerStats",
            "io.cdnrefresh.netty.poll.HttpEngineTransport",
            "io.cdnrefresh.netty.poll.HttpProxyTransport",
            "io.cdnrefresh.netty.poll.MixedEngineTransport");

    @ArchTest
    static final ArchRule knowsNoOtherAdapter = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.cdnrefresh.mysql..", "io.cdnrefresh.redis..", "io.cdnrefresh.launcher..", "java.sql..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.cdnrefresh.netty.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule loopsKnowNothingAboveThem = noClasses()
            .that()
            .resideInAPackage("io.cdnrefresh.netty")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.cdnrefresh.netty.(*)..");

    @ArchTest
    static final ArchRule onlyTheIntendedIsPublic = classes()
            .that()
            .resideInAnyPackage(
                    "io.cdnrefresh.netty",
                    "io.cdnrefresh.netty.client",
                    "io.cdnrefresh.netty.dialect",
                    "io.cdnrefresh.netty.http",
                    "io.cdnrefresh.netty.poll")
            .and()
            .areTopLevelClasses()
            .and(new DescribedPredicate<JavaClass>("are not meant for others") {
                @Override
                public boolean test(JavaClass type) {
                    return !PUBLIC_TYPES.contains(type.getFullName());
                }
            })
            .should()
            .notHaveModifier(JavaModifier.PUBLIC);
}
