// How the network stands: debts first, then what flows.

import { el, say, toast, dialog, field, choice, tone } from "./dom.js";
import { Chart, Bar } from "./charts.js";
import { brief, count, duration, percent, rate } from "./format.js";
import { call, get } from "./api.js";

const QUEUES = [
  ["input_task_queue", "intake", 1], ["pushing_queue", "pushing", 2], ["reporting_queue", "reporting", 3], ["saver_queue", "saving", 4], ["notify_queue", "callbacks", 5],
].map(([key, label, tone]) => ({ key, label, tone }));

function tile(label, hint) {
  const value = el("b", { text: "–" });
  const note = el("span", { class: "note", text: hint ?? "" });
  return { root: el("div", { class: "tile" }, el("span", { class: "name", text: label }), value, note),
    show(text, below, toned) {
      say(value, text);
      say(note, below ?? "");
      value.dataset.tone = toned ?? "";
    } };
}

function card(title, body, action) {
  return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: title }), action), body);
}

export function overview(state) {
  const tiles = {
    owed: tile("Oldest owed"), unproven: tile("Unproven nodes"), gated: tile("Catching up"), devices: tile("Devices connected"),
    tasks: tile("Tasks in memory"), requests: tile("Requests / s"), reports: tile("Reports / s"), lag: tile("Time to done, p99"),
  };
  const charts = {
    queues: new Chart("Queues", QUEUES, brief),
    rates: new Chart("Per second", [{ label: "requests", tone: 1 }, { label: "reports", tone: 2 }], rate, true),
    lag: new Chart("Time to done", [{ label: "p50", tone: 1 }, { label: "p90", tone: 2 }, { label: "p99", tone: 3 }], duration),
  };
  const rates = table("Rates", ["Per second", "1 min", "5 min", "15 min", "Total"]);
  const groups = table("Groups", ["Group", "Devices", "Connected", "Catching up", "Unproven", "Oldest owed"]);
  const tenants = el("ul", { class: "bars" });
  const engines = el("ul", { class: "plain" });
  const paused = el("ul", { class: "plain" });
  const limits = el("ul", { class: "bars" });
  const pause = el("button", { type: "button", class: "small", text: "Pause…", onclick: askPause });

  const root = el("div", { class: "view overview" },
    el("h1", { text: "Overview" }),
    el("section", { class: "tiles", "aria-label": "At a glance" }, Object.values(tiles).map((each) => each.root)),
    el("div", { class: "charts" }, charts.queues.root, charts.rates.root, charts.lag.root),
    el("div", { class: "columns" },
      el("div", {}, card("Groups", groups.root), card("Rates", rates.root)),
      el("div", {}, card("Paused", paused, pause), card("Tenants by backlog", tenants), card("Engines", engines), card("Limits", limits))));

  const before = { at: 0 };
  function push(stats) {
    const time = stats.timestamp;
    charts.queues.push(time, QUEUES.map(({ key }) => stats[key] ?? 0));
    const seconds = (time - before.at) / 1000;
    const flow = (key) => (before.at && seconds > 0 ? Math.max(0, (stats[key].count - before[key]) / seconds) : 0);
    const now = [flow("qps_boss"), flow("qps_proxy")];
    charts.rates.push(time, now);
    Object.assign(before, { at: time, qps_boss: stats.qps_boss.count, qps_proxy: stats.qps_proxy.count });
    const lag = stats.fleet?.lagMillis?.final ?? {};
    charts.lag.push(time, [lag.p50 ?? 0, lag.p90 ?? 0, lag.p99 ?? 0]);
    return now;
  }

  function stats(figures, isOld) {
    const now = push(figures);
    if (isOld) return;
    Object.values(charts).forEach((chart) => chart.draw());
    const fleet = figures.fleet ?? { groups: [], tenants: [], engines: [], paused: [], lagMillis: {} };
    const sum = (f) => fleet.groups.reduce((all, group) => all + f(group), 0);
    const total = sum((group) => group.devices);
    const worst = fleet.groups.reduce((most, group) => (group.oldestOwedMillis > (most?.oldestOwedMillis ?? 0) ? group : most), null);
    const unproven = sum((group) => group.unproven);
    const gated = sum((group) => group.red);
    const connected = sum((group) => group.connected);
    const owed = worst?.oldestOwedMillis ?? 0;
    tiles.owed.show(owed ? duration(owed) : "none", worst ? `group ${worst.group}` : "every node is clean", owed > 600000 ? "bad" : owed > 60000 ? "warn" : "good");
    tiles.unproven.show(count(unproven), unproven ? "may still serve old content" : "all have proven", unproven ? "bad" : "good");
    tiles.gated.show(percent(gated, total), `${count(gated)} of ${count(total)} not serving yet`, gated ? "warn" : "");
    tiles.devices.show(count(connected), `of ${count(total)}`, total && connected < total ? "warn" : "");
    tiles.tasks.show(brief(figures.tasks_in_cache), `${brief(figures.pushing_queue)} to push`);
    tiles.requests.show(rate(now[0]), `${rate(figures.qps_boss["1m"])} over a minute`);
    tiles.reports.show(rate(now[1]), `${rate(figures.qps_proxy["1m"])} over a minute`);
    const lag = fleet.lagMillis.final;
    tiles.lag.show(lag?.count ? duration(lag.p99) : "–", lag?.count ? `${brief(lag.count)} tasks in a minute` : "no task in the last minute");
    rates.show([["Requests", "qps_boss"], ["Reports", "qps_proxy"]].map(([name, key]) => {
      const meter = figures[key];
      return [name, rate(meter["1m"]), rate(meter["5m"]), rate(meter["15m"]), brief(meter.count)];
    }));
    groups.show([...fleet.groups].sort(byNeed).map(groupRow), "No device has registered yet.");
    bars(tenants, fleet.tenants.map((each) => [each.tenant || "(the platform)", each.tasks, `${brief(each.tasks)} tasks`]), "Nothing waits.");
    lines(engines, fleet.engines.map((each) => [
      el("b", { text: `engine ${each.engine}` }), each.engine === fleet.engine && el("span", { class: "tag", text: "this one" }),
      each.engine === fleet.engine && fleet.leader && el("span", { class: "tag strong", text: "leader" }),
      el("span", { class: "quiet", text: `${each.address || "no address"} · ${each.version || "?"} · ${brief(each.tasks)} tasks` }),
    ]), "This engine has not joined yet.", `${fleet.leader}`);
    lines(paused, fleet.paused.map((rule) => [
      el("span", { text: ruleText(rule) }),
      el("button", { type: "button", class: "small", text: "Resume", "aria-label": `Resume ${ruleText(rule)}`, onclick: () => resume(rule) }),
    ]), "Nothing is paused.");
  }

  async function quota() {
    try {
      const answer = await get("/v1/engine/quota");
      bars(limits, (answer.limits ?? []).map((each) => [`${each.of} / ${duration(each.windowSeconds * 1000)}`, (each.limit - each.left) / each.limit * 100,
        `${brief(each.left)} of ${brief(each.limit)} left`]), "Nothing is limited.", 100);
    } catch { /* shown by the link, or not allowed */ }
  }

  state.history.slice(0, -1).forEach((old) => stats(old, true));
  quota();
  const timer = setInterval(quota, 10000);
  return { root, title: "Overview", stats, close: () => {
    clearInterval(timer);
    Object.values(charts).forEach((chart) => chart.observer.disconnect());
  } };
}

/** Groups that need somebody come first; the others keep their places. */
function byNeed(one, other) {
  const need = (group) => (group.unproven || group.oldestOwedMillis > 10000 ? group.oldestOwedMillis + 1 : 0);
  return need(other) - need(one) || (one.group < other.group ? -1 : 1);
}

function groupRow(group) {
  const parts = Object.entries(group.states).map(([name, value]) => ({ tone: tone(name), value, label: name }));
  const byTone = new Map();
  parts.forEach((part) => byTone.set(part.tone, { ...part, value: part.value + (byTone.get(part.tone)?.value ?? 0) }));
  const bar = new Bar(`States of ${group.group}`).show([...byTone.values()], group.devices).root;
  return [el("a", { href: `#/devices?group=${encodeURIComponent(group.group)}`, text: group.group }), el("span", { class: "with-bar" }, bar, count(group.devices)),
    count(group.connected), percent(group.red, group.devices), toned(group.unproven, count(group.unproven), "bad"),
    toned(group.oldestOwedMillis > 60000, group.oldestOwedMillis ? duration(group.oldestOwedMillis) : "none", "warn")];
}

const toned = (isSo, text, name) => el("span", { data: { tone: isSo ? name : "" }, class: "toned", text });

function table(label, heads) {
  const body = el("tbody");
  let last = "";
  return { root: el("div", { class: "table-box" }, el("table", {}, el("caption", { class: "unseen", text: label }),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", text: head })))), body)),
  show(rows, empty) {
    const key = JSON.stringify(rows.map((row) => row.map((cell) => (cell instanceof Node ? cell.outerHTML : cell))));
    if (key === last) return;
    last = key;
    // the focus stays where it was
    const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    body.replaceChildren(...rows.map((row) => el("tr", {}, row.map((cell, at) => el(at ? "td" : "th", at ? {} : { scope: "row" }, cell)))));
    if (!rows.length && empty) body.append(el("tr", {}, el("td", { colspan: heads.length, class: "quiet", text: empty })));
    if (focused) body.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  } };
}

function lines(list, rows, empty, extra = "") {
  const key = extra + rows.map((row) => row.map((part) => part && part.textContent).join("|")).join("\n");
  if (list.dataset.key === key && list.childElementCount) return;
  list.dataset.key = key;
  list.replaceChildren(...rows.map((row) => el("li", {}, ...row)));
  if (!rows.length) list.append(el("li", { class: "quiet", text: empty }));
}

function bars(list, rows, empty, most) {
  const top = most ?? Math.max(1, ...rows.map(([, value]) => value));
  lines(list, rows.map(([name, value, text]) => {
    const part = el("i", { class: "tone-1" });
    part.style.width = `${Math.min(100, (100 * value) / top)}%`;
    return [el("span", { class: "bar-name", text: name }), el("span", { class: "bar-text", text }), el("span", { class: "bar", "aria-hidden": "true" }, part)];
  }), empty);
}

/** A pause in words. */
export const ruleText = (rule) => {
  const parts = Object.entries(rule).map(([name, value]) => `${name === "id" ? "task" : name} ${value}`);
  return parts.length ? parts.join(", ") : "everything";
};

async function resume(rule) {
  try {
    await call("POST", "/v1/engine/resume", rule);
    toast(`Resumed: ${ruleText(rule)}`);
  } catch (trouble) {
    toast(trouble.message, true);
  }
}

function askPause() {
  const type = choice([["", "every type"], ...["url", "prefix", "regex", "tag", "host", "all", "preload"].map((each) => [each, each])]);
  const group = el("input", { autocomplete: "off", spellcheck: "false" });
  const tenant = el("input", { autocomplete: "off", spellcheck: "false" });
  dialog("Pause pushing", [
    el("p", { class: "quiet", text: "Tasks are accepted as before and their deadlines run; nothing more is sent to devices. Empty fields ask nothing." }),
    field("Type", type), field("Group", group), field("Tenant", tenant),
  ], [["Cancel", "plain"], ["Pause", "danger", async () => {
    const rule = Object.fromEntries(Object.entries({ tenant: tenant.value.trim(), type: type.value, group: group.value.trim() }).filter(([, value]) => value));
    await call("POST", "/v1/engine/pause", rule);
    toast(`Paused: ${ruleText(rule)}`);
  }]]);
}

