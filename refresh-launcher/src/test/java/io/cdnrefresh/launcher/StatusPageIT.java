// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The status page in a real Chromium, before a real engine with a hundred devices. */
class StatusPageIT {
    private static final List<String> VIEWS = List.of("#/", "#/devices", "#/tasks", "#/submit");
    private static final int DEVICES = 100;
    private static final Logger logger = LoggerFactory.getLogger(StatusPageIT.class);

    @SuppressWarnings("NullAway.Init") // set before all tests, unless they are skipped
    private static PageSite site;

    @SuppressWarnings("NullAway.Init") // set before all tests, unless they are skipped
    private static Browser browser;

    @SuppressWarnings("NullAway.Init") // set before all tests, unless they are skipped
    private static ApiClient client;

    @BeforeAll
    static void start() {
        boolean isRequired = "true".equals(System.getenv("REFRESH_REQUIRE_CACHES"));
        assumeTrue(Browser.program() != null || isRequired, "chromium is not installed");
        site = new PageSite(DEVICES, 100);
        browser = Browser.start();
        client = new ApiClient(List.of(URI.create(site.url())), null, Duration.ofSeconds(10));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (site != null) {
            site.close();
        }
    }

    @BeforeEach
    void open() {
        browser.size(1440, 900, false);
        browser.colours("light");
        site.devices.silent.clear();
        browser.open("about:blank");
        browser.troubles.clear();
        browser.requests.clear();
        browser.open(site.url() + "/");
        browser.awaitTrue("document.getElementById('link').dataset.state === 'live'");
    }

    @AfterEach
    void noTrouble() {
        assertThat(browser.requestsBeside(site.url())).as("asked elsewhere").isEmpty();
    }

    private static void noErrors() {
        assertThat(browser.troubles).isEmpty();
    }

    private static void go(String view) {
        browser.run("location.hash = '" + view + "'");
        browser.awaitTrue("document.querySelector('main h1')");
    }

    private static String submit(Map<String, ?> task) {
        return String.valueOf(
                client.send("POST", "/v1/engine/task", task).object().get("id"));
    }

    private static String submit(String url) {
        return submit(Map.<String, Object>of("targets", List.of(url)));
    }

    @Test
    void page_everyView_showsWithoutErrors() {
        submit("https://www.example.com/a.css");
        for (String view : VIEWS) {
            go(view);
            assertThat(browser.text("main h1")).isNotBlank();
            assertThat(browser.run("document.querySelectorAll('nav a[aria-current]').length"))
                    .isEqualTo(1L);
        }
        assertThat(browser.requests).anyMatch(url -> url.endsWith("/page/app.js"));
        noErrors();
    }

    @Test
    void overview_tasksComeIn_figuresMoveWithoutShiftingThePage() {
        browser.run("window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {"
                + " if (!entry.hadRecentInput) window.shift += entry.value; })).observe({type: 'layout-shift'})");
        browser.awaitTrue("document.querySelectorAll('tbody tr').length >= 6");
        String before = browser.text(".tiles");
        for (int i = 0; i < 20; i++) {
            submit("https://www.example.com/moves/" + i);
        }
        browser.awaitTrue("document.querySelector('.tiles').innerText !== " + Json.write(before));
        browser.awaitTrue("document.querySelectorAll('.chart .line').length === 10 &&"
                + " [...document.querySelectorAll('.chart')].every(c =>"
                + " c.querySelector('.line').getAttribute('d').length > 20)");
        browser.awaitTrue("[...document.querySelectorAll('.tile')].find(t =>"
                + " t.innerText.includes('p99')).innerText.includes('tasks in a minute')");
        assertThat((Number) browser.run("window.shift"))
                .extracting(Number::doubleValue)
                .satisfies(shift -> assertThat(shift).isLessThan(0.1));
        noErrors();
    }

    @Test
    void overview_pauseAndResume_areShown() {
        browser.press("Pause…");
        browser.type("dialog .field:nth-of-type(2) input", "eu-west");
        browser.press("Pause");
        browser.awaitTrue("document.querySelector('main').innerText.includes('group eu-west')");
        browser.press("Resume");
        browser.awaitTrue("document.querySelector('main').innerText.includes('Nothing is paused.')");
        noErrors();
    }

    @Test
    void submitForm_url_isFollowedToItsEnd() {
        go("#/submit");
        browser.type("#targets", "https://www.example.com/form.css\nhttps://www.example.com/form.js");
        browser.press("Dry run");
        browser.awaitTrue("document.querySelector('.result').innerText.includes('" + DEVICES + " devices')");
        browser.press("Submit");
        browser.awaitTrue("location.hash.startsWith('#/task/')");
        browser.awaitTrue("document.querySelector('.bar-top .pill')?.innerText === 'done'");
        browser.awaitTrue("document.querySelector('.big').innerText === '100 %'");
        assertThat(browser.text(".timeline"))
                .contains("Accepted", "Final", "Settled")
                .doesNotContain("not yet");
        browser.awaitTrue("document.querySelectorAll('.results tbody tr').length === 50");
        browser.press("More devices");
        browser.awaitTrue("document.querySelectorAll('.results tbody tr').length === 100");
        browser.click(".results tbody button");
        browser.awaitTrue("document.querySelector('dialog').innerText.includes('form.js')");
        noErrors();
    }

    @Test
    void submitForm_prefix_asksFirst() {
        go("#/submit");
        browser.click("input[value=prefix]");
        browser.type("#targets", "https://www.example.com/img/");
        browser.press("Submit");
        browser.press("Purge on 100 devices");
        browser.awaitTrue("location.hash.startsWith('#/task/')");
        browser.awaitTrue("document.querySelector('.facts').innerText.includes('prefix')");
        noErrors();
    }

    @Test
    void submitForm_everything_wantsTheWord() {
        go("#/submit");
        browser.click("input[value=all]");
        browser.press("Submit");
        browser.awaitTrue("document.querySelector('.faults').innerText.includes('type all')");
        assertThat(browser.run("document.activeElement.closest('.field').innerText"))
                .asString()
                .contains("type: all");
        noErrors();
    }

    @Test
    void submitForm_badTarget_listsTheFaultAndKeepsTheForm() {
        go("#/submit");
        browser.type("#targets", "nope");
        browser.press("Submit");
        browser.awaitTrue("document.querySelector('.faults').innerText.includes('targets[0]: nope')");
        assertThat(browser.run("document.getElementById('targets').value")).isEqualTo("nope");
    }

    @Test
    void task_targetsAndLabelsThatLookLikeMarkup_areText() {
        String markup = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>";
        String id = submit(Map.<String, Object>of(
                "type", "regex", "targets", List.of(Map.of("host", "www.example.com", "pattern", markup))));
        go("#/tasks");
        browser.awaitTrue("document.querySelector('.tasks').innerText.includes(" + Json.write(markup) + ")");
        go("#/task/" + id);
        browser.awaitTrue("document.querySelector('.targets').innerText.includes(" + Json.write(markup) + ")");
        browser.run("location.hash = '#/task/' + encodeURIComponent(" + Json.write(markup) + ")");
        browser.awaitTrue("document.querySelector('main h1').innerText.includes(" + Json.write(markup) + ")");

        assertThat(browser.run("window.pwned === undefined && !document.querySelector('main img, main script')"))
                .isEqualTo(true);
    }

    @Test
    void task_cancelled_saysSo() {
        site.devices.silent.add(PageDevices.name(3));
        String id = submit("https://www.example.com/cancel");
        go("#/task/" + id);
        browser.press("Cancel task");
        browser.awaitTrue("document.querySelector('dialog[open]')");
        browser.press("Cancel task");
        browser.awaitTrue("document.querySelector('.bar-top .pill').innerText === 'cancelled'");
        browser.awaitTrue("document.querySelectorAll('.buttons button:not([hidden])').length === 1");
        noErrors();
    }

    @Test
    void tasks_search_findsByStateHostAndId() {
        String id = submit("https://search.example.net/x");
        go("#/tasks");
        browser.type("input[placeholder=Host]", "search.example.net");
        browser.awaitTrue("document.querySelectorAll('.tasks li').length === 1");
        browser.awaitTrue("document.querySelector('.tasks .pill').innerText === 'done'");
        browser.type("select[aria-label=State]", "failed");
        browser.awaitTrue("document.querySelectorAll('.tasks li').length === 0");
        browser.type("input[placeholder='Task id']", id);
        browser.run("document.querySelector('form.tools').requestSubmit()");
        browser.awaitTrue("location.hash === '#/task/" + id + "'");
        noErrors();
    }

    @Test
    void device_takenOutAndBack_showsItsState() {
        String name = PageDevices.name(11);
        go("#/devices");
        browser.type("input[type=search]", name);
        browser.awaitTrue("document.querySelectorAll('.vlist-row:not([hidden])').length === 1");
        for (String[] step :
                new String[][] {{"Offline", "offline"}, {"Maintenance", "maintenance"}, {"Online", "online"}}) {
            browser.click(".vlist-row:not([hidden])");
            browser.awaitTrue("document.querySelector('dialog[open]')");
            browser.type("dialog input", "tested");
            browser.press(step[0]);
            browser.awaitTrue("!document.querySelector('dialog')"
                    + " && document.querySelector('.vlist-row:not([hidden]) .pill').innerText === '" + step[1] + "'");
        }
        noErrors();
    }

    @Test
    void devices_filterAndSort_showWhatWasAsked() {
        go("#/devices");
        browser.awaitTrue("document.querySelector('.shown').innerText.startsWith('100 of 100')");
        String first =
                "[...document.querySelectorAll('.vlist-row:not([hidden])')].find(r => r.dataset.at === '0').innerText";
        browser.click(".head[data-key=id]");
        browser.awaitTrue(first + ".includes('sto')");
        browser.type("input[type=search]", "group:ap-south 1.3.2");
        browser.awaitTrue("document.querySelector('.shown').innerText.startsWith('6 of 100')");
        assertThat(browser.run("[...document.querySelectorAll('.vlist-row:not([hidden])')]"
                        + ".every(r => r.innerText.includes('ap-south') && r.innerText.includes('1.3.2'))"))
                .isEqualTo(true);
        browser.type("input[type=search]", "");
        browser.run("document.querySelector('.vlist').focus()");
        browser.key("End");
        browser.awaitTrue("document.querySelector('[aria-selected=true]').dataset.at === '99'");
        browser.key("Enter");
        browser.awaitTrue("document.querySelector('dialog[open]')");
        noErrors();
    }

    @Test
    void devices_tenThousand_haveElementsForThoseSeenOnly() {
        try (PageSite big = new PageSite(50, 100, 9_950)) {
            browser.open("about:blank");
            browser.requests.clear();
            long start = System.nanoTime();
            browser.open(big.url() + "/#/devices");
            browser.awaitTrue("document.querySelector('.shown').innerText.startsWith('10,000 of 10,000')");
            long shownMillis = (System.nanoTime() - start) / 1_000_000;
            Object frames = browser.run("""
                (async () => {
                  const list = document.querySelector('.vlist');
                  let worst = 0, last = performance.now(), began = last;
                  for (let at = 0; at < 60; at++) {
                    list.scrollTop += 5000;
                    await new Promise(requestAnimationFrame);
                    worst = Math.max(worst, performance.now() - last);
                    last = performance.now();
                  }
                  return `${((last - began) / 60).toFixed(1)} ms a frame, the longest ${worst.toFixed(1)} ms`;
                })()
                """);
            Object paint =
                    browser.run("Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime)");
            logger.info(
                    "10,000 devices: first paint {} ms, rows after {} ms, scrolling {}", paint, shownMillis, frames);
            assertThat((Long) browser.run("document.querySelectorAll('.vlist-row').length"))
                    .isLessThan(80);
            browser.run("document.querySelector('.vlist').focus()");
            browser.key("End");
            browser.awaitTrue("document.querySelector('[aria-selected=true]').dataset.at === '9999'");
            browser.type("input[type=search]", PageDevices.name(7_777));
            browser.awaitTrue("document.querySelector('.shown').innerText.startsWith('1 of 10,000')");
            assertThat(browser.text(".vlist-row:not([hidden])")).contains(PageDevices.name(7_777), "away");
            assertThat(browser.requestsBeside(big.url())).isEmpty();
            browser.requests.clear();
            noErrors();
        }
        browser.open("about:blank");
        browser.requests.clear();
    }

    @Test
    void engineRestarted_pageSaysSoAndGoesOn() {
        String before = submit("https://www.example.com/restart");
        site.stop();
        browser.awaitTrue("!document.getElementById('lost').hidden");
        assertThat(browser.text("#link")).isEqualTo("Connection lost");
        assertThat(browser.text("#lost")).contains("Connection lost at");
        site.startAgain();
        browser.awaitTrue("document.getElementById('lost').hidden");
        assertThat(browser.text("#link")).isEqualTo("Live");
        go("#/task/" + before);
        browser.awaitTrue("document.querySelector('.bar-top .pill')?.innerText === 'done'");
    }

    @ParameterizedTest
    @ValueSource(ints = {360, 768, 1024, 1440})
    void layout_anyWidth_neverScrollsSideways(int width) {
        String id = submit(
                "https://www.example.com/a-path-that-is-rather-long/and-goes-on-and-on/without-any-space/until/its/end.css?x=1");
        browser.size(width, 760, width < 700);
        for (String view : List.of("#/", "#/devices", "#/tasks", "#/task/" + id, "#/submit")) {
            go(view);
            browser.awaitTrue("document.querySelector('main').innerText.length > 60");
            assertThat(browser.run("document.documentElement.scrollWidth <= innerWidth"))
                    .as("%s at %d", view, width)
                    .isEqualTo(true);
        }
        noErrors();
    }

    @ParameterizedTest
    @CsvSource({"light", "dark"})
    void colours_everyText_standsOut(String scheme) {
        browser.colours(scheme);
        submit("https://www.example.com/colours");
        for (String view : VIEWS) {
            go(view);
            browser.awaitTrue("document.querySelector('main').innerText.length > 60");
            assertThat((List<?>) browser.run(PageContrast.WEAK))
                    .as("%s %s", view, scheme)
                    .isEmpty();
        }
    }

    @Test
    void colours_switch_winsOverTheSystem() {
        browser.colours("dark");
        String ground = "getComputedStyle(document.body).backgroundColor";
        Object dark = browser.run(ground);
        browser.click("#theme");
        browser.awaitTrue("document.documentElement.dataset.theme === 'light'");
        Object light = browser.run(ground);
        assertThat(light).isNotEqualTo(dark);
        browser.open(site.url() + "/#/");
        browser.run("location.reload()");
        browser.awaitTrue(ground + " === '" + light + "'");
        browser.click("#theme");
        browser.awaitTrue(ground + " === '" + dark + "'");
        browser.click("#theme");
        browser.awaitTrue("document.documentElement.dataset.theme === undefined");
        noErrors();
    }

    @Test
    void keyboard_tab_beginsWithSkippingAndSeesEveryControlNamed() {
        browser.key("Tab");
        assertThat(browser.run("document.activeElement.className")).isEqualTo("skip");
        for (String view : VIEWS) {
            go(view);
            assertThat((List<?>) browser.run("[...document.querySelectorAll('button, input, select, textarea,"
                            + " a')].filter(e => e.offsetParent && !(e.innerText || '').trim() && !e.getAttribute('aria-label') &&"
                            + " !e.labels?.length).map(e => e.outerHTML)"))
                    .as(view)
                    .isEmpty();
        }
        assertThat(browser.run("['header', 'nav', 'main'].every(tag => document.querySelector(tag))"))
                .isEqualTo(true);
        noErrors();
    }
}
