// Conversations: which go on, and up to two to read along in, side by side.
import { acting } from "./acting.js";
import { el, say, Table, theirs } from "./dom.js";
import { Reading } from "./reading.js";
import { count, moment, number } from "./words.js";

const PAGE = 100;

export function open(main, { rest }) {
  const opened = (rest[0] ?? "").split(",").filter(Boolean).slice(0, 2);
  const table = new Table("Conversations that go on", [
    { name: "Name", cell: (row) => linkTo(row, opened) },
    { name: "Task", cell: (row) => row.task, wide: true },
    { name: "Since", cell: (row) => moment(row.since) },
    { name: "People", cell: (row) => theirs(whoIsIn(row).join(", ")), wide: true },
    { name: "Beside", cell: (row) => besideTo(row, opened) },
  ], (row) => row.id, "None goes on.");
  const held = new Table("Lines that are held", [
    { name: "When", cell: (row) => moment(row.at) },
    { name: "For", cell: (row) => theirs(row.person) },
    { name: "Said by", cell: (row) => theirs(row.speaker) },
    { name: "Words", cell: (row) => theirs(row.text) },
    { name: "Reason", cell: (row) => theirs(row.reason), wide: true },
    { name: "", once: (row) => acting("Release…", () => ({ title: `Release line ${row().line}`, verb: "release", values: { line: row().line }, go: "Show it",
      fields: [{ name: "text", label: "The words to show", kind: "text", value: row().text, needed: true }],
      valuesOf: ({ text }) => (text === row().text ? {} : { text }) })) ?? "" },
  ], (row) => row.line);
  const total = el("p", { class: "muted", role: "status" });
  const readings = opened.map((uid) => new Reading(uid, closeOf(uid, opened)));
  main.append(el("h2", {}, "Conversations"));
  if (readings.length) main.append(el("div", { class: readings.length > 1 ? "readings two" : "readings" }, readings.map(({ element }) => element)));
  held.element.hidden = true;
  main.append(held.element, total, table.element);

  const tell = ({ conversations, total: all }) => {
    table.show(conversations);
    say(total, all > conversations.length ? `The first ${number(conversations.length)} of ${number(all)}` : count(all, "conversation"));
  };
  return {
    asked: () => [
      { verb: "conversations", values: { at_most: PAGE }, tell },
      { verb: "held", tell: ({ held: found }) => { held.element.hidden = found.length === 0; held.show(found); } },
      ...readings.map((reading) => reading.asked()),
    ],
  };
}

const whoIsIn = ({ people, bots }) => [...people.map(({ id, role }) => (role ? `${role} (${id})` : id)), ...bots.map(({ role }) => `${role} (bot)`)];

const hashOf = (uids) => `#conversations/${uids.map(encodeURIComponent).join(",")}`;

const linkTo = (row, opened) => (opened.includes(row.id) ? el("strong", {}, row.name) : el("a", { href: hashOf([row.id]) }, row.name));

function besideTo(row, opened) {
  if (opened.length === 0 || opened.includes(row.id)) return "–";
  return el("a", { href: hashOf([opened[0], row.id]), "aria-label": `Open ${row.name} beside` }, "open beside");
}

const closeOf = (uid, opened) => {
  const others = opened.filter((each) => each !== uid);
  return others.length ? hashOf(others) : "#conversations";
};
