// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.Tenant;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.RegistryChange;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The status page in a real Chromium, before an engine that has keys. */
class StatusPageLoginIT {
    private static final String ADMIN = KeyText.newText("ops");
    private static final String SHOP = KeyText.newText("shop");

    private static RegistryChange key(String id, String tenant, String text) {
        return new RegistryChange.KeyPut(
                new ApiKey(id, id, tenant, Rights.ALL, KeyText.hash(text), "", null, Instant.now(), null));
    }

    @Test
    void page_keysExist_asksForOneAndShowsWhatItMay() {
        boolean isRequired = "true".equals(System.getenv("REFRESH_REQUIRE_CACHES"));
        assumeTrue(Browser.program() != null || isRequired, "chromium is not installed");
        List<RegistryChange> access = List.of(
                new RegistryChange.TenantPut(new Tenant("shop", List.of(), Instant.now())),
                new RegistryChange.HostPut(new HostRule("www.shop.test", "shop", List.of(), "", List.of(), List.of())),
                key("ops", "", ADMIN),
                key("shop", "shop", SHOP));
        try (PageSite site = new PageSite(3, 50, 0, access);
                Browser browser = Browser.start()) {
            browser.open(site.url() + "/");
            signIn(browser, "rk_none_" + "x".repeat(20));
            browser.awaitTrue("document.querySelector('dialog .fault[role=alert]').innerText.includes('no key')");
            signIn(browser, ADMIN);
            browser.awaitTrue("document.getElementById('link').dataset.state === 'live'");
            browser.awaitTrue("document.querySelector('.tiles').innerText.includes('of 3')");
            assertThat(browser.run("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})"))
                    .asString()
                    .doesNotContain(ADMIN)
                    .doesNotContain(ADMIN.substring(ADMIN.length() - 12));
            browser.press("Pause…");
            browser.press("Pause");
            browser.awaitTrue("document.querySelector('main').innerText.includes('everything')");
            browser.press("Resume");
            browser.awaitTrue("document.querySelector('main').innerText.includes('Nothing is paused.')");

            // another tab has the session and no token of its own
            browser.run("sessionStorage.clear()");
            browser.open("about:blank");
            browser.open(site.url() + "/#/submit");
            browser.type("#targets", "http://www.shop.test/a.css");
            browser.press("Submit");
            browser.awaitTrue("location.hash.startsWith('#/task/')");
            browser.awaitTrue("document.querySelector('.bar-top .pill')?.innerText === 'done'");

            browser.click("#logout");
            signIn(browser, SHOP);
            browser.awaitTrue("document.querySelector('nav [data-view=overview]').hidden");
            browser.run("location.hash = '#/submit'");
            browser.type("#targets", "http://www.shop.test/b.css");
            browser.press("Submit");
            browser.awaitTrue("location.hash.startsWith('#/task/')");
            browser.awaitTrue("document.querySelector('.bar-top .pill')?.innerText === 'done'");
            browser.run("location.hash = '#/submit'");
            browser.type("#targets", "http://www.other.test/b.css");
            browser.press("Submit");
            browser.awaitTrue("document.querySelector('.faults').innerText.includes('other.test')");
            assertThat(browser.requestsBeside(site.url())).isEmpty();
        }
    }

    private static void signIn(Browser browser, String key) {
        browser.awaitTrue("document.querySelector('dialog[open] input[type=password]')");
        browser.type("dialog input", key);
        browser.press("Sign in");
    }
}
