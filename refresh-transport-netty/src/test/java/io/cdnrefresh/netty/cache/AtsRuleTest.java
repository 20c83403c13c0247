// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules cover what was asked for, of the one host. */
class AtsRuleTest {
    private static boolean covers(TaskKind kind, Target target, String url) {
        assertThat(AtsRule.fault(kind, target)).isEmpty();
        return Pattern.compile(AtsRule.pattern(kind, target)).matcher(url).find();
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.test/d.+/x, true",
        "https://A.TEST/d.+/x?y, true",
        "http://a.test:80/d.+/, true",
        "http://a.test:8080/d.+/x, false",
        "http://a.test/d.+, false",
        "http://a.test/dx+/x, false",
        "http://b.test/d.+/x, false",
        "http://xa.test/d.+/x, false",
        "http://a.test.evil/d.+/x, false",
        "http://b.test/http://a.test/d.+/x, false"
    })
    void prefix_url_isCoveredOrNot(String url, boolean isCovered) {
        assertThat(covers(TaskKind.PREFIX, Target.prefix("a.test/d.+/"), url)).isEqualTo(isCovered);
    }

    @ParameterizedTest
    @CsvSource({
        "'^/a\\d', http://a.test/a1, true",
        "'^/a\\d', http://a.test/b/a1, false",
        "'/a\\d', http://a.test/b/a1, true",
        "'^/a|css$', http://a.test/x.css, true",
        "'^/a|css$', http://a.test.evil/x.css, false",
        "'^/a|css$', http://b.test/a, false",
        "'^a', http://a.test/a, false",
        "'test', http://a.test/x, false"
    })
    void regex_url_isCoveredOrNot(String pattern, String url, boolean isCovered) {
        assertThat(covers(TaskKind.REGEX, Target.regex("a.test", pattern), url)).isEqualTo(isCovered);
    }

    @ParameterizedTest
    @CsvSource({
        "*.w.test, http://x.w.test/, true",
        "*.w.test, http://y.x.w.test/, false",
        "*.w.test, http://w.test/, false",
        "**.w.test, http://y.x.w.test/, true",
        "**.w.test, http://w.test/, false",
        "w.test, http://w.test/x, true",
        "w.test, http://x.w.test/, false"
    })
    void host_url_isCoveredOrNot(String host, String url, boolean isCovered) {
        assertThat(covers(TaskKind.HOST, Target.host(host), url)).isEqualTo(isCovered);
    }

    @Test
    void url_soft_coversItAlone() {
        Target target = Target.url("http://a.test/x?y=1");
        assertThat(covers(TaskKind.URL, target, "http://a.test/x?y=1")).isTrue();
        assertThat(covers(TaskKind.URL, target, "http://a.test/x?y=12")).isFalse();
    }

    @Test
    void fault_whatCannotBeARule_hasAReason() {
        assertThat(AtsRule.fault(TaskKind.TAG, Target.tag("a.test", "t"))).isEqualTo("no purge by tag");
        assertThat(AtsRule.fault(TaskKind.REGEX, Target.regex("a.test", "^/(a+)+x$")))
                .contains("not safe");
        assertThat(AtsRule.fault(TaskKind.REGEX, Target.regex("a.test", "x(^/a)")))
                .contains("^");
        assertThat(AtsRule.fault(TaskKind.PREFIX, Target.prefix("a.test/" + "x".repeat(1_900) + "/")))
                .contains("longer");
    }
}
