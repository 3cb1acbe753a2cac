// How numbers and times are written.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** A moment: the time of day, and of another day that day as well. */
export function moment(seconds) {
  if (!seconds) return "–";
  const then = new Date(seconds * 1000);
  const isToday = then.toDateString() === new Date().toDateString();
  return (isToday ? clock : dayAndClock).format(then);
}

/** So many seconds, as people say it. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

export const number = (value, digits = 0) =>
  value === null || value === undefined ? "–" : value.toLocaleString(undefined, { maximumFractionDigits: digits });

/** A number that may be a small part of one: so many digits of it as say something. */
export const amount = (value) =>
  value === null || value === undefined ? "–" : value.toLocaleString(undefined, value < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 });

export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

export const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : "–");

/** The part of an id that tells people apart, for tight places. */
export const shortId = (id) => {
  const own = id.slice(id.indexOf(":") + 1);
  return own.length > 14 ? `${own.slice(0, 12)}…` : own;
};

export const PLACES = ["door", "overworld", "onboarding", "waiting", "task", "afterwards", "gone"];
export const placeName = (place) => (place === "task" ? "talking" : place);
