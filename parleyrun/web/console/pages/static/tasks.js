// Tasks: who waits for them and why nobody is matched yet, what holds, and how conditions are balanced.
import { act, acting } from "./acting.js";
import { check, message, pause, quota, resume, size, time, wait } from "./actions.js";
import { mayAct } from "./api.js";
import { button, el, say, Table } from "./dom.js";
import { personLink } from "./people.js";
import { duration, number, share } from "./words.js";

const SHOWN = 100;

export function open(main) {
  const tasks = new Table("Tasks", [
    { name: "Task", cell: (row) => row.task },
    { name: "Takes", cell: (row) => (row.needed === row.most ? String(row.most) : `${row.needed} to ${row.most}`), number: true, wide: true },
    { name: "Waiting", cell: (row) => number(row.waiting), number: true },
    { name: "Talking", cell: (row) => number(row.inside), number: true, wide: true },
    { name: "Conversations", cell: (row) => number(row.conversations), number: true, wide: true },
    { name: "Longest wait", cell: (row) => (row.longest_wait_seconds === null ? "for ever" : duration(row.longest_wait_seconds)), wide: true },
    { name: "Matching", cell: (row) => (row.paused ? "paused" : "goes on") },
    { name: "", once: (row) => (mayAct() ? el("div", { class: "row tight" },
      button("", () => act(row().paused ? resume(row().task) : pause(row().task)), { class: "pausing" }),
      el("details", { class: "more-actions" }, el("summary", {}, "More"), el("div", { class: "row" },
        acting("Wait…", () => wait(row().task)),
        acting("Time…", () => time(row().task)),
        acting("Size…", () => size(row().task)),
        acting("Message…", () => message(row().task, { task: row().task }, "To all who wait for it or are in it.")),
        acting("Attention check…", () => check(`who waits for ${row().task}`, { task: row().task }))))) : null),
      update: (made, row) => say(made.firstChild, row.paused ? "Resume…" : "Pause…") },
  ], (row) => row.task);
  const conditions = new Table("Balance of conditions", [
    { name: "Condition", cell: (row) => row.condition },
    { name: "Value", cell: (row) => row.value },
    { name: "Of each", cell: (row) => row.per, wide: true },
    { name: "Begun", cell: (row) => number(row.begun), number: true, wide: true },
    { name: "Finished", cell: (row) => number(row.finished), number: true },
    { name: "Dropped out", cell: (row) => number(row.dropped), number: true, wide: true },
    { name: "Quota", cell: (row) => number(row.quota), number: true },
    { name: "Of it", cell: (row) => share(row.begun - row.dropped, row.quota), number: true, wide: true },
    { name: "", once: (row) => acting("Set…", () => quota(row().condition, row().value, row().quota)) ?? "",
      update: (made, row) => made.setAttribute("aria-label", `Set… the quota of ${row.condition}: ${row.value}`) },
  ], (row) => `${row.condition} ${row.value}`, "There are no conditions.");
  const queues = el("div", { class: "queues" });
  const nobody = el("p", { class: "muted" });
  const known = new Map();
  main.append(el("h2", {}, "Tasks"), tasks.element, el("h3", {}, "Who waits"), nobody, queues, conditions.element);

  const tellPools = ({ pools }) => {
    say(nobody, "Nobody waits.");
    nobody.hidden = pools.length > 0;
    const places = new Map();
    for (const pool of pools) {
      const place = `${pool.task} ${places.get(pool.task) ?? 0}`;
      places.set(pool.task, (places.get(pool.task) ?? 0) + 1);
      if (!known.has(place)) known.set(place, new Queue(pool.task, queues));
      known.get(place).show(pool);
      known.get(place).isThere = true;
    }
    for (const [place, queue] of known) {
      if (!queue.isThere) {
        queue.element.remove();
        known.delete(place);
      }
      queue.isThere = false;
    }
  };
  return {
    asked: () => [
      { verb: "tasks", tell: (found) => { tasks.show(found.tasks); conditions.show(found.conditions); } },
      { verb: "pools", tell: tellPools },
    ],
  };
}

/** Those who wait together, and why nobody of them is matched yet. */
class Queue {
  constructor(task, home) {
    this.isThere = false;
    this.chosen = new Set();
    this.why = el("ul", { class: "why" });
    this.more = el("p", { class: "muted" });
    this.pair = mayAct() ? button("Pair those chosen…", () => this.pairThem(task), { disabled: true }) : null;
    this.table = new Table(`Waiting for ${task}`, [
      { name: "Choose", once: (row) => this.box(row), update: (box, row) => box.setAttribute("aria-label", `Choose ${row.id}`) },
      { name: "Id", cell: (row) => personLink(row.id) },
      { name: "Waits for", cell: (row) => duration(row.seconds), number: true },
      { name: "Here", cell: (row) => (row.present ? "yes" : "no") },
    ], (row) => row.id);
    this.element = el("section", { class: "queue" }, el("h4", {}, task), this.why, this.table.element, this.more, this.pair);
    home.append(this.element);
  }

  show({ why, waiting }) {
    const said = why.join("\n");
    if (said !== this.said) this.why.replaceChildren(...why.map((each) => el("li", { dir: "auto" }, each)));
    this.said = said;
    const here = new Set(waiting.map(({ id }) => id));
    for (const id of this.chosen) if (!here.has(id)) this.chosen.delete(id);
    this.table.show(waiting.slice(0, SHOWN));
    say(this.more, waiting.length > SHOWN ? `and ${number(waiting.length - SHOWN)} more` : "");
    this.note();
  }

  box(row) {
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      if (box.checked) this.chosen.add(row().id);
      else this.chosen.delete(row().id);
      this.note();
    });
    return box;
  }

  note() {
    if (this.pair) this.pair.disabled = this.chosen.size === 0;
  }

  pairThem(task) {
    const people = [...this.chosen];
    act({ title: `Pair by hand for ${task}`, verb: "pair", values: { people }, go: "Match them",
      what: `${people.join(", ")}: whatever rules, conditions and pauses say.` });
  }
}
