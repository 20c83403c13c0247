// The devices: ten thousand rows, sorted and filtered here, of which only those seen have elements.

import { el, say, pill, toast, dialog, field, choice, settle } from "./dom.js";
import { VirtualList } from "./vlist.js";
import { ago, brief, clock, count, duration } from "./format.js";
import { call, devicePath, get } from "./api.js";

const COLUMNS = [
  ["id", "Device"], ["group", "Group"], ["tier", "Tier"], ["state", "State"], ["lagMillis", "Lag"], ["behind", "Backlog"], ["parked", "Parked"], ["pace", "Pace"], ["version", "Version"], ["since", "Since"],
];
const MOST_FIRST = new Set(["lagMillis", "behind", "parked", "since"]);
const NARROW = matchMedia("(max-width: 1000px)");

export function devices(state, chosen, params) {
  let all = [];
  let sort = { key: "id", isDown: false };
  let isClosed = false;
  let timer = 0;
  const search = el("input", { type: "search", placeholder: "Filter by name, group, version", "aria-label": "Filter devices", autocomplete: "off", spellcheck: "false",
    value: params.get("group") ? `group:${params.get("group")}` : "" });
  const states = choice([["", "All states"]], { "aria-label": "State" });
  const order = choice(COLUMNS.map(([key, name]) => [key, `Sort: ${name}`]), { "aria-label": "Sort by", class: "narrow-only" });
  const shown = el("p", { class: "quiet shown", role: "status", text: "Loading…" });
  const heads = COLUMNS.map(([key, name]) => el("button", { type: "button", class: "head", data: { key }, onclick: () => sortBy(key) }, name));

  const list = new VirtualList({
    label: "Devices", height: () => (NARROW.matches ? 68 : 40), open: (device) => device && panel(device),
    make() {
      const cells = COLUMNS.map(([key]) => el("span", { class: `cell c-${key}` }));
      return Object.assign(el("div", { class: "row device" }, cells), { cells });
    },
    show(row, device) {
      if (row.device === device) return;
      row.device = device;
      row.setAttribute("aria-label", `${device.id}, ${device.state}${device.connected ? "" : ", away"}, group ${device.group}, lag ${device.lagMillis ? duration(device.lagMillis) : "none"}, backlog ${device.behind}`);
      const { id, group, tier, lagMillis, behind, parked, pace, version, since, connected } = device;
      say(row.cells[0], id);
      say(row.cells[1], group);
      say(row.cells[2], tier);
      row.cells[3].replaceChildren(pill(device.state), connected ? "" : el("span", { class: "away", text: "away" }));
      say(row.cells[4], lagMillis ? duration(lagMillis) : "–");
      say(row.cells[5], behind ? brief(behind) : "–");
      say(row.cells[6], parked > 0 ? brief(parked) : parked < 0 ? "?" : "–");
      say(row.cells[7], pace);
      say(row.cells[8], version || "–");
      say(row.cells[9], ago(since));
      row.cells[4].dataset.tone = lagMillis > 60000 ? "warn" : "";
      row.cells[7].dataset.tone = pace === "slow" ? "warn" : "";
    },
  });

  const root = el("div", { class: "view full devices" },
    el("div", { class: "bar-top" }, el("h1", { text: "Devices" }), shown),
    el("div", { class: "tools", role: "search" }, search, states, order),
    el("div", { class: "row heads" }, heads), list.root);

  function sortBy(key) {
    sort = { key, isDown: sort.key === key ? !sort.isDown : MOST_FIRST.has(key) };
    order.value = key;
    draw();
  }

  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (device) => (!states.value || device.state === states.value)
      && words.every((word) => (word.startsWith("group:") ? device.group.toLowerCase() === word.slice(6) : `${device.id} ${device.group} ${device.version} ${device.pace}`.toLowerCase().includes(word)));
    const { key, isDown } = sort;
    const items = all.filter(fits).sort((one, other) => {
      const order = typeof one[key] === "number" ? one[key] - other[key] : one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : 0;
      return (isDown ? -order : order) || (one.id < other.id ? -1 : 1);
    });
    heads.forEach((head) => {
      const isThis = head.dataset.key === key;
      head.dataset.sort = isThis ? (isDown ? "down" : "up") : "";
      head.setAttribute("aria-label", `${head.textContent}, ${isThis ? (isDown ? "sorted, highest first" : "sorted, lowest first") : "sort"}`);
    });
    const away = all.filter((device) => !device.connected).length;
    say(shown, `${count(items.length)} of ${count(all.length)}${away ? ` · ${count(away)} away` : ""}`);
    list.set(items);
  }

  function countStates() {
    const by = new Map();
    all.forEach((device) => by.set(device.state, (by.get(device.state) ?? 0) + 1));
    const key = JSON.stringify([...by].sort());
    if (states.dataset.key === key) return;
    const value = states.value;
    states.dataset.key = key;
    states.replaceChildren(el("option", { value: "", text: `All states (${all.length})` }),
      ...[...by].sort().map(([name, n]) => el("option", { value: name, text: `${name} (${n})` })));
    states.value = by.has(value) ? value : "";
  }

  /** Again and again while it is seen; the longer the answer takes, the less often. */
  async function load() {
    clearTimeout(timer);
    const began = performance.now();
    try {
      if (!document.hidden || !all.length) {
        const answer = await get("/v1/engine/devices");
        if (isClosed) return;
        all = answer.devices;
        countStates();
        draw();
      }
    } catch { /* the link says so */ }
    if (!isClosed) timer = setTimeout(load, Math.max(2000, 15 * (performance.now() - began)));
  }
  const soon = settle(load, 300);

  function panel(device) {
    const reason = el("input", { autocomplete: "off", maxlength: 1024 });
    const until = el("input", { type: "datetime-local" });
    const facts = [["State", pill(device.state)], ["Since", clock(device.since)], ...(device.reason ? [["Reason", device.reason]] : []), ...(device.until ? [["Until", clock(device.until)]] : []), ["Connected", device.connected ? (device.caughtUp === false ? "yes, catching up" : "yes") : "no"], ["Serves", device.ready ? "yes" : "not told"], ["Group", device.group],
      ["Tier", device.tier], ["Version", device.version || "–"], ["Pace", device.pace], ["Lag", device.lagMillis ? duration(device.lagMillis) : "none"], ["Under way", `${count(device.underWay)} targets`],
      ["Backlog", `${count(device.behind)} commands`], ["Parked", device.parked < 0 ? "not known" : `${count(device.parked)} tasks`]];
    const set = (to) => async () => {
      const body = { state: to };
      if (reason.value.trim()) body.reason = reason.value.trim();
      if (until.value && to !== "online") body.until = new Date(until.value).toISOString();
      await call("PUT", `${devicePath(device.id)}/state`, body);
      toast(`${device.id} is ${to} now`);
      soon();
    };
    dialog(device.id, [
      el("dl", { class: "facts" }, facts.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)])),
      field("Reason", reason, "Kept in the audit."), field("Until", until, "Empty: until told otherwise."),
    ], [["Close", "plain"], ["Online", "good", set("online")], ["Maintenance", "", set("maintenance")], ["Offline", "danger", set("offline")]]);
  }

  search.addEventListener("input", draw);
  states.addEventListener("change", draw);
  order.addEventListener("change", () => sortBy(order.value));
  draw();
  load();
  return { root, title: "Devices", event: (name) => { if (name === "device" || name === "back") soon(); }, close: () => {
    isClosed = true;
    clearTimeout(timer);
    list.observer.disconnect();
  } };
}
