// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.spi.CallbackSender;
import io.cdnrefresh.spi.WebhookSecret;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Secrets with a mark in them: nothing that is printed holds the mark. The classes are those of ArchitectureTest. */
@AnalyzeClasses(
        packages = "io.cdnrefresh",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class SecretsTest {
    private static final String MARK = "bWFya2VkLXNlY3JldC1vZi10aGUtdGVzdC1vbmx5";
    private static final String WEBHOOK = "whsec_" + MARK;

    /** Names of parts that hold something nobody may see; ids and hashes of such things are no secrets. */
    private static final List<String> TELLING = List.of("secret", "password", "token");

    @Test
    void options_withSecrets_maskThem() {
        CallbackOptions options = new CallbackOptions(
                WEBHOOK, Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofSeconds(1), 1);
        WebhookSecret secret = new WebhookSecret("t", "id", WEBHOOK, Instant.EPOCH, null);
        CallbackSender.Request request = new CallbackSender.Request(
                "https://a.test/?key=" + MARK, List.of("webhook-signature", MARK), new byte[1]);
        assertThat(List.of(options, secret, secret.endingBy(Instant.EPOCH), request)
                        .toString())
                .doesNotContain(MARK);
    }

    /** A record prints all of its parts unless it says otherwise. */
    @ArchTest
    static void records_withSecretParts_printThemselves(JavaClasses classes) {
        Set<String> bare = new TreeSet<>();
        Set<String> seen = new TreeSet<>();
        for (JavaClass type : classes) {
            if (type.isRecord() && type.getFields().stream().anyMatch(SecretsTest::isTelling)) {
                seen.add(type.getName());
                // the compiler's own is made by an ObjectMethods bootstrap and calls nothing
                boolean printsItself = type.tryGetMethod("toString")
                        .filter(method -> !method.getCallsFromSelf().isEmpty()
                                || !method.getFieldAccesses().isEmpty())
                        .isPresent();
                if (!printsItself) {
                    bare.add(type.getName());
                }
            }
        }
        assertThat(seen).contains("io.cdnrefresh.model.CallbackOptions");
        assertThat(bare).isEmpty();
    }

    private static boolean isTelling(JavaField field) {
        String name = field.getName().toLowerCase(Locale.ROOT);
        return !field.getModifiers().contains(JavaModifier.STATIC)
                && field.getRawType().isEquivalentTo(String.class)
                && TELLING.stream().anyMatch(name::contains);
    }

    @Test
    void faultsAboutSecrets_neverRepeatThem() {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out, true);
        for (String key : List.of("callback.secret", "store.password", "engine.rpc.token", "auth.peer-secret")) {
            int unused = Main.run(writer, writer, "config", "check", "--set", key + "=" + MARK);
        }
        assertThat(out.toString()).contains("callback.secret").doesNotContain(MARK);
    }
}
