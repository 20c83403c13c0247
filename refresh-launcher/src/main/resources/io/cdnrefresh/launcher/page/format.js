// Figures, times and sizes for people. Stateless.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 1,234,567 */
export const count = (value) => (Number.isFinite(value) ? whole.format(value) : "–");

/** 1.2M from ten thousand on */
export const brief = (value) => (!Number.isFinite(value) ? "–" : Math.abs(value) < 10000 ? whole.format(value) : short.format(value));

/** A rate: two digits that matter. */
export const rate = (value) => (!Number.isFinite(value) ? "–" : value === 0 ? "0" : value < 0.01 ? "<0.01" : value < 10 ? value.toFixed(value < 1 ? 2 : 1) : brief(value));

/** 340 ms, 12.3 s, 4 min, 2 h, 3 d */
export function duration(millis) {
  if (!Number.isFinite(millis)) return "–";
  if (millis < 1000) return `${Math.round(millis)} ms`;
  const seconds = millis / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}

/** How long ago an ISO time is. */
export function ago(text) {
  const millis = Date.now() - Date.parse(text);
  return millis < 5000 ? "just now" : `${duration(millis)} ago`;
}

/** The clock time of an ISO time, with the day if it is not today. */
export function clock(text) {
  if (!text) return "–";
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString("en-GB", { hour12: false });
  return isToday ? time : `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")} ${time}`;
}

/** 12 % */
export const percent = (part, all) => (all > 0 ? `${part > 0 && part / all < 0.01 ? "<1" : Math.floor((100 * part) / all)} %` : "0 %");
