// People: who is where, found by their id or a value of their link; and one person with what has happened to them.
import { ask } from "./api.js";
import { acting } from "./acting.js";
import { check, message } from "./actions.js";
import { button, el, say, Table, theirs } from "./dom.js";
import { moment, number, placeName, PLACES } from "./words.js";

const PAGE = 50;
const OUTCOMES = [
  "", "finished", "screened_out", "declined", "failed_attention", "no_partner", "study_full", "partner_left", "timed_out", "left",
  "wrong_device", "failed",
];

export const open = (main, about) => (about.rest[0] ? openOne(main, about) : openAll(main, about));

export const personLink = (id) => el("a", { href: `#people/${encodeURIComponent(id)}` }, theirs(id));

function openAll(main, { query, look }) {
  const asked = { search: query.get("search") ?? "", place: query.get("place") ?? "", task: query.get("task") ?? "", skip: Number(query.get("skip") ?? 0) };
  const search = el("input", { id: "search", type: "search", value: asked.search, autocomplete: "off" });
  const place = el("select", { id: "place" }, el("option", { value: "" }, "everywhere"),
    PLACES.map((name) => el("option", { value: name, selected: name === asked.place }, placeName(name))));
  const task = el("select", { id: "task" }, el("option", { value: asked.task }, asked.task || "any"));
  ask("tasks").then(({ tasks }) => task.replaceChildren(el("option", { value: "" }, "any"),
    ...tasks.map(({ task: key }) => el("option", { value: key, selected: key === asked.task }, key))));
  const table = new Table("People", [
    { name: "Id", cell: (row) => personLink(row.id) },
    { name: "Place", cell: (row) => placeName(row.place) },
    { name: "Task", cell: (row) => row.task ?? "–" },
    { name: "Role", cell: (row) => row.role ?? "–", wide: true },
    { name: "Since", cell: (row) => moment(row.since), wide: true },
    { name: "Here", cell: (row) => (row.present ? "yes" : "no") },
    { name: "Link", cell: (row) => theirs(Object.values(row.arrival).join(", ")), wide: true },
  ], (row) => row.id, "Nobody fits.");
  const total = el("p", { role: "status", class: "muted" });
  const before = button("Previous", () => turn(-PAGE), { class: "quiet" });
  const next = button("Next", () => turn(PAGE), { class: "quiet" });

  const turn = (by) => {
    asked.skip = Math.max(0, asked.skip + by);
    again();
  };
  const again = () => {
    // In the address line, so that the page can be opened again as it is; it is no new page.
    const said = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    history.replaceState(null, "", `#people${said.size ? `?${said}` : ""}`);
    look();
  };
  let typing;
  const changed = () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const now = { search: search.value, place: place.value, task: task.value };
      if (Object.entries(now).every(([name, value]) => asked[name] === value)) return;
      Object.assign(asked, now, { skip: 0 });
      again();
    }, 250);
  };
  search.addEventListener("input", changed);
  place.addEventListener("change", changed);
  task.addEventListener("change", changed);

  main.append(
    el("h2", {}, "People"),
    el("form", { class: "row filter", role: "search", onsubmit: (event) => event.preventDefault() },
      el("div", { class: "field" }, el("label", { for: "search" }, "Id, or a value of the link"), search),
      el("div", { class: "field" }, el("label", { for: "place" }, "Place"), place),
      el("div", { class: "field" }, el("label", { for: "task" }, "Task"), task)),
    total, table.element,
    el("div", { class: "row" }, before, next),
  );
  const tell = ({ people, total: all }) => {
    table.show(people);
    const from = asked.skip + 1;
    say(total, people.length ? `${number(from)} to ${number(from + people.length - 1)} of ${number(all)}` : `${number(all)} people`);
    before.disabled = asked.skip === 0;
    next.disabled = asked.skip + people.length >= all;
  };
  const values = () => ({ ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value)), at_most: PAGE });
  return { asked: () => [{ verb: "people", values: values(), tell, fail: (why) => say(total, why) }], close: () => clearTimeout(typing) };
}

function openOne(main, { rest: [id] }) {
  const facts = el("dl", { class: "facts" });
  const wrong = el("p", { class: "wrong", role: "alert" });
  const talk = el("p");
  let tasks = [];
  ask("tasks").then((found) => (tasks = found.tasks.map(({ task }) => [task, task])));
  const life = new Table("What has happened", [
    { name: "When", cell: (row) => moment(row.at) },
    { name: "What", cell: (row) => [row.what, row.kind].filter(Boolean).join(": ") },
    { name: "Task", cell: (row) => row.task ?? "–" },
    { name: "Role", cell: (row) => row.role ?? "–", wide: true },
    { name: "", cell: (row) => theirs(row.text) },
  ], (row) => [row.at, row.what, row.kind, row.run_uid].join(" "), "Nothing is on record.");
  const notes = new Table("Notes", [
    { name: "When", cell: (row) => moment(row.at) },
    { name: "Who", cell: (row) => theirs(row.by) },
    { name: "Note", cell: (row) => theirs(row.details.text ?? "") },
  ], (row) => row.number, "None.");
  main.append(
    el("p", {}, el("a", { href: "#people" }, "← All people")),
    el("div", { class: "title" }, el("h2", {}, theirs(id)), el("div", { class: "row" },
      acting("Message…", () => message(id, { person: id })),
      acting("Attention check…", () => check(id, { person: id })),
      acting("Send to overworld…", () => ({ title: `Send ${id} to the overworld`, verb: "send", values: { person: id, to: "overworld" }, what: "Who is with them is told that they left." })),
      acting("Send to a task…", () => ({ title: `Send ${id} to a task`, verb: "send", values: { person: id, to: "task" }, what: "Who is with them is told that they left.",
        fields: [{ name: "task", label: "Task", kind: "choice", options: tasks }] })),
      acting("Send out…", () => ({ title: `Send ${id} out`, verb: "send", values: { person: id, to: "out" }, what: "Their visit ends; the outcome decides which completion code they get.",
        fields: [{ name: "outcome", label: "Outcome", kind: "choice", options: OUTCOMES.map((each) => [each, each || "as it is"]) }],
        valuesOf: ({ outcome }) => ({ outcome: outcome || null }) }), { class: "grave" }),
      acting("Note…", () => ({ title: `Note something on ${id}`, verb: "note", values: { person: id }, go: "Keep",
        fields: [{ name: "text", label: "Note", kind: "text", needed: true, hint: "For those who run the study; the person does not see it." }] })),
    )),
    wrong, facts, talk, life.element, notes.element,
  );
  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
  let shown = "";
  const tell = ({ person, life: events, acts }) => {
    say(wrong, "");
    if (shown !== JSON.stringify(person)) {
      shown = JSON.stringify(person);
      facts.replaceChildren(
        fact("Place", placeName(person.place)), fact("Task", person.task ?? "–"), fact("Role", person.role ?? "–"),
        fact("Since", moment(person.since)), fact("Connected", person.present ? "yes" : "no"),
        ...Object.entries(person.condition).map(([name, value]) => fact(name, theirs(String(value)))),
        ...Object.entries(person.arrival).map(([name, value]) => fact(theirs(name), theirs(value))),
      );
      talk.replaceChildren(...(person.conversation ? [el("a", { href: `#conversations/${person.conversation}` }, "Read along in their conversation")] : []));
    }
    life.show(events);
    notes.show(acts.filter(({ verb }) => verb === "note"));
  };
  return { asked: () => [{ verb: "person", values: { person: id }, tell, fail: (why) => say(wrong, why) }] };
}
