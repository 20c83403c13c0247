// Calls of the engine's API, and its events. A call that needs a key asks for it and goes on.

const remembered = () => { try { return JSON.parse(sessionStorage.getItem("refresh-me")); } catch { return null; } };
let me = remembered();
let login = null;
let ask = async () => { throw new Error("Sign-in is needed"); };
let told = () => {};

/** What to do when the engine wants a key: resolves once somebody has signed in. */
export const onLogin = (f) => { ask = f; };

/** Who is signed in: `{actor, tenant, admin, csrf}`; null as long as nobody had to. */
export const who = () => me;

/** Calls back when that becomes known. */
export const onWho = (f) => { told = f; };

function know(answer) {
  me = answer;
  if (answer) sessionStorage.setItem("refresh-me", JSON.stringify(answer));
  else sessionStorage.removeItem("refresh-me");
  told(me);
}

/** The session that the browser has, perhaps of another tab. */
async function session() {
  const before = me?.csrf;
  know(await call("GET", "/v1/login", undefined, { isLogin: true }));
  return me.csrf !== before;
}

/** A refusal of the engine: its title and detail, and each of its faults. */
export class Refusal extends Error {
  constructor(status, problem) {
    const errors = Array.isArray(problem.errors) ? problem.errors : [];
    const text = problem.title ? `${problem.title}${problem.detail && errors.length === 0 ? `: ${problem.detail}` : ""}` : `The engine answered ${status}`;
    super([text, ...errors.slice(0, 5).map(line)].join("\n"));
    this.status = status;
    this.errors = errors;
  }
}

/** One fault of a refusal, as a line. */
export const line = (fault) => {
  const place = fault.index === undefined ? fault.field : `${fault.field}[${fault.index}]`;
  return `${place}: ${fault.value || fault.code} (expected: ${fault.allowed ?? fault.code})`;
};

/** Calls the engine; the answer with its status. */
export async function call(method, path, body, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (method !== "GET" && me?.csrf) headers["X-CSRF-Token"] = me.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, credentials: "same-origin", cache: "no-store", signal: options.signal,
      body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (trouble) {
    if (trouble.name === "AbortError") throw trouble;
    throw new Error("The engine cannot be reached");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401 && !options.isLogin) {
    login ??= session().catch(() => ask()).finally(() => { login = null; });
    await login;
    return call(method, path, body, options);
  }
  // the token of the session may be another tab's
  if (response.status === 403 && !options.isLogin && await session().catch(() => false)) {
    return call(method, path, body, { ...options, isLogin: true });
  }
  // 409 of a wait or a cancellation tells something; the caller sees it as a refusal, too
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

export const get = (path, options) => call("GET", path, undefined, options);

/** Signs in with a key; the session is a cookie that scripts cannot read. */
export const signIn = async (key) => know(await call("POST", "/v1/login", { key }, { isLogin: true }));

export async function signOut() {
  await call("POST", "/v1/logout", undefined, { isLogin: true });
  know(null);
}

/** The path of a task, a device. */
export const taskPath = (id) => `/v1/engine/task/${encodeURIComponent(id)}`;
export const devicePath = (id) => `/v1/engine/devices/${encodeURIComponent(id)}`;

/** A query string of what is not empty. */
export function query(values) {
  const parts = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return parts.length ? `?${new URLSearchParams(parts)}` : "";
}

const EVENTS = ["device", "engine", "leader", "member", "fenced", "pool", "exit"];
const SILENCE = 5000;
const UNSEEN = 30000;

/** The engine's events. Comes back by itself; `heard(name, data)`, `link(state)`: live, wait or lost. */
export function listen(heard, link) {
  let source = null;
  let last = Date.now();
  let tries = 0;
  let retry = 0;

  const open = () => {
    clearTimeout(retry);
    if (me && !me.admin) return; // figures are the operators'

    source?.close();
    last = Date.now();
    source = new EventSource("/v1/engine/events");
    const got = (name) => (event) => {
      last = Date.now();
      tries = 0;
      link("live");
      let data;
      try { data = JSON.parse(event.data); } catch { return; }
      heard(name, data);
      if (name === "exit") fail();
    };
    source.addEventListener("stats", got("stats"));
    EVENTS.forEach((name) => source.addEventListener(name, got(name)));
    source.onopen = () => { last = Date.now(); };
    source.onerror = fail;
  };
  const fail = () => {
    if (me && !me.admin) return leave();
    source?.close();
    link("lost");
    tries += 1;
    clearTimeout(retry);
    retry = setTimeout(open, Math.min(5000, 250 * 2 ** Math.min(tries, 5)));
    // a session that has ended looks like any other fault to an event source
    get("/version").then(() => get("/v1/engine/pause")).catch(() => {});
  };
  setInterval(() => { if (source && source.readyState !== EventSource.CLOSED && Date.now() - last > SILENCE) fail(); }, 1000);
  // A browser has six connections to a host: pages that nobody sees give theirs back, also those kept for the way back.
  const leave = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(leave, UNSEEN);
    else if (!source || Date.now() - last > SILENCE) open();
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}
