// Trouble: the alerts that are open, and the last warnings and errors, counted by kind; a traceback is there for whoever unfolds it.
import { el, say } from "./dom.js";
import { Bars } from "./plot.js";
import { moment, number } from "./words.js";

export function open(main, { query }) {
  const kind = query.get("kind");
  const kinds = new Bars("By kind, since this start");
  const list = el("ol", { class: "troubles" });
  const alerts = el("ul", { class: "troubles", "aria-label": "Open alerts" });
  const none = el("p", { class: "muted", role: "status" });
  let known = new Set();
  main.append(el("h2", {}, "Trouble"), alerts, kinds.element,
    kind === null ? "" : el("p", {}, `Only: ${kind} · `, el("a", { href: "#trouble" }, "show all")), none, list);
  const tell = ({ troubles, kinds: counted }) => {
    kinds.show(Object.entries(counted).map(([name, count]) => [name, count, `#trouble?${new URLSearchParams({ kind: name })}`]));
    say(none, troubles.length ? `The last ${number(troubles.length)}, newest first` : "Nothing so far.");
    for (const row of [...troubles].reverse()) {
      if (!known.has(keyOf(row))) list.prepend(entry(row));
    }
    known = new Set(troubles.map(keyOf));
    while (list.children.length > 200) list.lastElementChild.remove();
  };
  const values = kind === null ? { at_most: 100 } : { kind, at_most: 100 };
  const tellAlerts = ({ alerts: open }) => alerts.replaceChildren(...open.map(alert));
  return { asked: () => [{ verb: "trouble", values, tell }, { verb: "alerts", values: {}, tell: tellAlerts }] };
}

// After a restart of the service numbers begin anew.
const keyOf = ({ at, number: place }) => `${at} ${place}`;

const alert = (row) => el("li", { class: "error" },
  el("p", {}, el("strong", {}, "alert"), " since ", el("time", {}, moment(row.since)), " ", el("span", { class: "muted" }, row.alert)),
  el("p", { class: "text", dir: "auto" }, row.text));

const entry = (row) => el("li", { class: row.level },
  el("p", {}, el("strong", {}, row.level), " ", el("time", {}, moment(row.at)), " ", el("span", { class: "muted" }, row.logger)),
  el("p", { class: "text", dir: "auto" }, row.text),
  row.traceback && el("details", {}, el("summary", {}, "Traceback"), el("pre", { tabindex: "0" }, row.traceback)));
