// The tasks, newest first: searched by the engine, page by page.

import { el, say, pill, choice, settle } from "./dom.js";
import { Bar } from "./charts.js";
import { ago, brief, count } from "./format.js";
import { get, query } from "./api.js";

export const STATES = ["accepted", "scheduled", "running", "done", "partial", "failed", "cancelled"];
export const TYPES = ["url", "prefix", "regex", "tag", "host", "all", "preload"];
const PAGE = 50;

/** Where the devices of a task stand. */
export function progressParts(devices) {
  return [
    { tone: "good", value: devices.done, label: "done" }, { tone: "busy", value: Math.max(0, (devices.applied ?? devices.done) - devices.done), label: "purged, not yet verified" },
    { tone: "bad", value: devices.failed, label: "failed" }, { tone: "warn", value: devices.owed, label: "owed" },
  ];
}

export function tasks(state, chosen, params) {
  let next = null;
  let isClosed = false;
  let isBusy = false;
  let extra = [];
  const rows = new Map();
  const input = (label, hint, width, name) => el("input", { type: "search", "aria-label": label, placeholder: hint, class: width, autocomplete: "off", spellcheck: "false", value: params.get(name) ?? "" });
  const id = input("Task id", "Task id", "grow", "id");
  const host = input("Host", "Host", "", "host");
  const label = input("Label, key:value", "Label key:value", "", "label");
  const states = choice([["", "Any state"], ...STATES.map((each) => [each, each])], { "aria-label": "State", value: params.get("state") ?? "" });
  const types = choice([["", "Any type"], ...TYPES.map((each) => [each, each])], { "aria-label": "Type", value: params.get("type") ?? "" });
  const shown = el("p", { class: "quiet shown", role: "status", text: "Loading…" });
  const fault = el("p", { class: "fault", role: "alert" });
  const list = el("ul", { class: "tasks" });
  const more = el("button", { type: "button", class: "plain wide", text: "Show older tasks", hidden: true, onclick: older });
  const form = el("form", { class: "tools", role: "search", onsubmit: (event) => {
    event.preventDefault();
    if (id.value.trim()) location.hash = `#/task/${encodeURIComponent(id.value.trim())}`;
    else load(true);
  } }, id, host, label, states, types, el("button", { class: "unseen", type: "submit", text: "Search" }));
  const root = el("div", { class: "view tasks-view" },
    el("div", { class: "bar-top" }, el("h1", { text: "Tasks" }), shown, el("a", { class: "button primary", href: "#/submit", text: "New task" })), form, fault, list, more);

  const filter = () => ({ host: host.value.trim(), label: label.value.trim(), state: states.value, type: types.value });

  function row(task) {
    let known = rows.get(task.id);
    if (!known) {
      const parts = { state: el("span"), first: el("span", { class: "first" }), note: el("span", { class: "quiet" }), at: el("span", { class: "quiet at" }), share: el("span", { class: "share" }), bar: new Bar("Devices"), labels: el("span", { class: "labels" }) };
      const root = el("li", {}, el("a", { class: "task", href: `#/task/${task.id}` }, parts.state,
        el("span", { class: "what" }, parts.first, el("span", { class: "under" }, parts.note, parts.labels)), el("span", { class: "with-bar" }, parts.bar.root, parts.share), parts.at));
      known = { root, parts };
      rows.set(task.id, known);
    }
    const { parts } = known;
    if (known.state !== task.state) {
      known.state = task.state;
      parts.state.replaceChildren(pill(task.state));
      parts.labels.replaceChildren(...Object.entries(task.labels ?? {}).map(([key, value]) => el("span", { class: "tag", text: `${key}:${value}` })));
    }
    say(parts.first, task.first || (task.type === "all" ? "everything" : "–"));
    say(parts.note, `${task.type} · ${task.targets > 1 ? `${count(task.targets)} targets · ` : ""}${task.id}`);
    say(parts.at, ago(task.acceptedAt));
    say(parts.share, `${brief(task.devices.done)}/${brief(task.devices.total)}`);
    parts.bar.show(progressParts(task.devices), task.devices.total);
    return known.root;
  }

  function show(found) {
    const wanted = found.map(row);
    const isSame = wanted.length === list.childElementCount && wanted.every((each, at) => each === list.children[at]);
    if (!isSame) {
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      list.replaceChildren(...wanted);
      focused?.focus();
      const kept = new Set(found.map((task) => task.id));
      [...rows.keys()].forEach((each) => { if (!kept.has(each)) rows.delete(each); });
    }
    say(shown, found.length ? `${count(found.length)}${next ? "+" : ""} shown, newest first` : "No task fits.");
    more.hidden = !next;
  }

  async function load(isNew) {
    if (isBusy && !isNew) return;
    isBusy = true;
    try {
      const asked = filter();
      const page = await get(`/v1/engine/task${query({ ...asked, limit: PAGE })}`);
      if (isClosed || JSON.stringify(asked) !== JSON.stringify(filter())) return;
      fault.textContent = "";
      if (isNew) extra = [];
      const ids = new Set(page.tasks.map((task) => task.id));
      // what has moved off the first page stays, once older ones are shown
      if (extra.length) extra = [...last.filter((task) => !ids.has(task.id)), ...extra].filter((task, at, all) => all.findIndex((each) => each.id === task.id) === at);
      else next = page.next;
      last = page.tasks;
      show([...page.tasks, ...extra.filter((task) => !ids.has(task.id))].slice(0, 2000));
    } catch (trouble) {
      if (trouble.status) fault.textContent = trouble.message;
    } finally {
      isBusy = false;
    }
  }
  let last = [];

  async function older() {
    more.disabled = true;
    try {
      const page = await get(`/v1/engine/task${query({ ...filter(), limit: PAGE, cursor: next })}`);
      next = page.next;
      extra.push(...page.tasks);
      show([...last, ...extra]);
    } catch (trouble) {
      fault.textContent = trouble.message;
    } finally {
      more.disabled = false;
    }
  }

  const soon = settle(() => load(true), 250);
  [host, label].forEach((each) => each.addEventListener("input", soon));
  [states, types].forEach((each) => each.addEventListener("change", () => load(true)));
  load(true);
  let ticks = 0;
  return { root, title: "Tasks", stats: () => { if (++ticks % 2 === 0) load(false); }, event: (name) => { if (name === "back") load(true); }, close: () => { isClosed = true; } };
}
