// One task: how far it is, when it reached which stage, and what became of it on each device.

import { el, say, pill, toast, dialog, choice } from "./dom.js";
import { Bar } from "./charts.js";
import { clock, count, duration, percent } from "./format.js";
import { call, get, query, taskPath } from "./api.js";
import { progressParts } from "./tasks.js";

const STAGES = [["accepted", "Accepted"], ["running", "Sent"], ["firstReport", "First report"], ["final", "Final"], ["settled", "Settled"]];
const OUTCOMES = ["pending", "parked", "purged", "absent", "verified", "marked", "preloaded", "stale_again", "unsupported", "denied", "failed", "timeout", "quarantined", "cancelled"];
const FINAL = new Set(["DONE", "PARTIAL", "FAILED", "CANCELLED"]);

export function task(state, id) {
  let now = null;
  let isClosed = false;
  let isBusy = false;
  let cursor = null;
  const heading = el("h1", { text: "Task " }, el("code", { text: id }));
  const word = el("span");
  const share = el("b", { class: "big", text: "–" });
  const told = el("p", { class: "quiet", role: "status", "aria-live": "polite" });
  const bar = new Bar("Devices");
  const tally = el("dl", { class: "tally" });
  const counts = el("ul", { class: "counts" });
  const line = el("ol", { class: "timeline" });
  const asked = el("dl", { class: "facts" });
  const targets = el("ol", { class: "targets" });
  const fault = el("p", { class: "fault", role: "alert" });
  const outcome = choice([["", "All outcomes"], ...OUTCOMES.map((each) => [each, each.replace("_", " ")])], { "aria-label": "Outcome", onchange: () => results(true) });
  const rows = el("tbody");
  const more = el("button", { type: "button", class: "plain wide", text: "More devices", hidden: true, onclick: () => { cursor = next; results(false); } });
  const cancel = el("button", { type: "button", class: "danger", text: "Cancel task", hidden: true, onclick: askCancel });
  const pause = el("button", { type: "button", text: "Pause", hidden: true, onclick: () => act("/v1/engine/pause", { id }, "Paused") });
  const resume = el("button", { type: "button", text: "Resume", hidden: true, onclick: () => act("/v1/engine/resume", { id }, "Resumed") });
  const again = el("button", { type: "button", text: "Submit again", hidden: true, onclick: () => {
    sessionStorage.setItem("refresh-again", JSON.stringify(now.task));
    location.hash = "#/submit?again=1";
  } });

  const root = el("div", { class: "view task-view" },
    el("p", { class: "crumb" }, el("a", { href: "#/tasks", text: "Tasks" })),
    el("div", { class: "bar-top" }, heading, word, el("span", { class: "buttons" }, pause, resume, again, cancel)), fault,
    el("div", { class: "columns" },
      el("div", {},
        el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: "Progress" })), el("div", { class: "progress" }, share, told), bar.root, tally, counts),
        el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: "Devices" }), outcome),
          el("div", { class: "table-box" }, el("table", { class: "results" }, el("caption", { class: "unseen", text: "Result of each device" }),
            el("thead", {}, el("tr", {}, ["Device", "Group", "State", "Outcome", "Notes"].map((head) => el("th", { scope: "col", text: head })))), rows)), more)),
      el("div", {},
        el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: "Timeline" })), line),
        el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: "What was asked" })), asked, targets))));

  async function load() {
    if (isBusy) return;
    isBusy = true;
    try {
      const found = await get(taskPath(id));
      if (isClosed) return;
      const isFirst = now === null;
      const wasOpen = now && !now.settledAt;
      now = found;
      fault.textContent = "";
      show(isFirst);
      if (isFirst || (wasOpen && !cursor)) results(true);
    } catch (trouble) {
      if (trouble.status) fault.textContent = trouble.message;
    } finally {
      isBusy = false;
    }
  }

  function show(isFirst) {
    const { devices } = now;
    if (word.dataset.state !== now.state) {
      word.dataset.state = now.state;
      word.replaceChildren(pill(now.state));
    }
    say(share, percent(devices.done, devices.total));
    say(told, `${count(devices.done)} of ${count(devices.total)} devices done${now.asOf ? `, as of ${clock(now.asOf)}` : ""}`);
    bar.show(progressParts(devices), devices.total);
    facts(tally, [["Serving", devices.serving], ["Purged", devices.applied], ["Done", devices.done], ["Failed", devices.failed], ["Owed", devices.owed], ["Unproven", devices.unproven]]
      .map(([name, value]) => [name, count(value), name === "Failed" && value ? "bad" : (name === "Owed" || name === "Unproven") && value ? "warn" : ""]));
    const key = JSON.stringify(now.counts);
    if (counts.dataset.key !== key) {
      counts.dataset.key = key;
      counts.replaceChildren(...Object.entries(now.counts).map(([name, value]) => el("li", {}, pill(name), ` ${count(value)}`)));
    }
    timeline();
    if (isFirst) request();
    const isOpen = !FINAL.has(now.state);
    const isPaused = (state.stats?.fleet?.paused ?? []).some((rule) => rule.id === id);
    cancel.hidden = !isOpen;
    pause.hidden = !isOpen || isPaused;
    resume.hidden = !isPaused;
    again.hidden = isOpen;
  }

  function timeline() {
    const begin = Date.parse(now.acceptedAt);
    let before = begin;
    const steps = STAGES.filter(([stage]) => now.stages[stage] || stage !== "firstReport" || !now.stages.final);
    const key = JSON.stringify(now.stages);
    if (line.dataset.key === key) return;
    line.dataset.key = key;
    line.replaceChildren(...steps.map(([stage, name]) => {
      const at = now.stages[stage];
      const took = at ? Date.parse(at) - before : 0;
      before = at ? Date.parse(at) : before;
      return el("li", { data: { done: at ? "yes" : "no" } }, el("b", { text: name }),
        el("span", { text: at ? clock(at) : "not yet" }), el("span", { class: "quiet", text: at && stage !== "accepted" ? `+ ${duration(took)}` : "" }));
    }));
  }

  function request() {
    const shown = { ...now.task };
    const all = shown.targets ?? [];
    ["targets", "labels", "scope"].forEach((name) => delete shown[name]);
    const scope = now.task.scope === "all" ? "all" : Object.entries(now.task.scope).filter(([, value]) => value.length).map(([name, value]) => `${name} ${value.join(", ")}`).join("; ");
    const labels = Object.entries(now.task.labels ?? {}).map(([name, value]) => `${name}:${value}`).join(", ");
    facts(asked, [...Object.entries(shown).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]), ["scope", scope], ...(labels ? [["labels", labels]] : []), ["trace", now.trace ?? "–"]]);
    targets.replaceChildren(...all.slice(0, 100).map((target) => el("li", {}, el("code", { text: typeof target === "string" ? target : `${target.host} ${target.pattern}` }))));
    if (all.length > 100) targets.append(el("li", { class: "quiet", text: `and ${count(all.length - 100)} more` }));
  }

  function facts(list, pairs) {
    const key = JSON.stringify(pairs);
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren(...pairs.flatMap(([name, value, toned]) => [el("dt", { text: name }), el("dd", { text: value, data: { tone: toned ?? "" } })]));
  }

  async function results(isNew) {
    if (isNew) cursor = null;
    try {
      const page = await get(`${taskPath(id)}/devices${query({ outcome: outcome.value, limit: 50, cursor })}`);
      if (isClosed) return;
      const made = page.devices.map(result);
      if (isNew) {
        const text = JSON.stringify(page.devices);
        if (rows.dataset.key === text) return;
        rows.dataset.key = text;
        rows.replaceChildren(...made);
        if (!made.length) rows.append(el("tr", {}, el("td", { colspan: 5, class: "quiet", text: "No device fits." })));
      } else {
        rows.append(...made);
      }
      cursor = isNew ? null : page.next;
      next = page.next;
      more.hidden = !page.next;
    } catch (trouble) {
      if (trouble.status) fault.textContent = trouble.message;
    }
  }
  let next = null;
  

  function result(row) {
    const notes = row.results.filter((each) => each.reason || each.outcome !== row.outcome).slice(0, 3).map((each) => `${each.index}: ${each.outcome.toLowerCase()}${each.reason ? ` (${each.reason})` : ""}`);
    if (row.owed) notes.unshift("owed");
    const open = el("button", { type: "button", class: "linklike", text: row.device, title: "Results by target", onclick: () => byTarget(row.device) });
    return el("tr", {}, el("th", { scope: "row" }, open), el("td", { text: row.group }), el("td", {}, pill(row.state)), el("td", {}, pill(row.outcome)),
      el("td", { class: "quiet", text: notes.join("; ") }));
  }

  async function byTarget(device) {
    try {
      const answer = await get(`${taskPath(id)}/devices/${encodeURIComponent(device)}/targets`);
      const shown = answer.targets.slice(0, 500);
      dialog(device, [el("ul", { class: "target-results" }, shown.map((each) => el("li", {}, pill(each.outcome), el("code", { text: each.target }), each.reason && el("span", { class: "quiet", text: each.reason })))),
        answer.targets.length > 500 && el("p", { class: "quiet", text: `The first 500 of ${count(answer.targets.length)}` })].filter(Boolean), [["Close", "plain"]]);
    } catch (trouble) {
      toast(trouble.message, true);
    }
  }

  function askCancel() {
    dialog("Cancel this task?", [el("p", { text: "What is purged stays purged. What is not done yet is dropped, and nobody will prove it." })],
      [["Keep it", "plain"], ["Cancel task", "danger", async () => {
        await call("DELETE", taskPath(id));
        toast("Cancelled");
        load();
      }]]);
  }

  async function act(path, body, text) {
    try {
      await call("POST", path, body);
      toast(text);
      setTimeout(load, 1200);
    } catch (trouble) {
      toast(trouble.message, true);
    }
  }

  load();
  return { root, title: `Task ${id}`, stats: () => { if (!now || !now.settledAt || !resume.hidden) load(); }, event: (name) => { if (name === "back") load(); }, close: () => { isClosed = true; } };
}
