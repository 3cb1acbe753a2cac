// Study: what runs, its starts, and files to take home.
import { ask, Refused } from "./api.js";
import { el, say, Table } from "./dom.js";
import { moment } from "./words.js";

const FILES = [
  ["report.html", "The study on one page"],
  ["participants.csv", "A row a person"],
  ["runs.csv", "A row a conversation"],
  ["lines.csv", "A row a message"],
  ["forms.csv", "A row an answer"],
  ["models.csv", "A row an answer of a model"],
  ["conversations.jsonl", "Conversations with everything"],
  ["codebook.md", "What the columns mean"],
];

export function open(main) {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const facts = el("dl", { class: "facts" });
  const config = el("pre", { tabindex: "0", role: "region", "aria-label": "The config as it runs" });
  const starts = new Table("Starts of the service on this record", [
    { name: "When", cell: (row) => moment(row.at) },
    { name: "Version", cell: (row) => row.version },
    { name: "Config", cell: (row) => row.config_hash.slice(0, 12) },
    { name: "Machine", cell: (row) => row.host, wide: true },
    { name: "Start", cell: (row) => row.run_id, wide: true },
  ], (row) => row.run_id);
  main.append(el("h2", {}, "Study"), wrong, facts,
    el("h3", {}, "To download"),
    el("ul", { class: "files" }, FILES.map(([name, what]) => el("li", {}, el("a", { href: `download/${name}` }, name), el("span", { class: "muted" }, ` ${what}`)))),
    el("h3", {}, "The config as it runs"), el("p", { class: "muted" }, "What is as by default is not shown, nor what is secret."), config, starts.element);
  ask("study").then((found) => {
    const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
    facts.replaceChildren(fact("Name", found.name), fact("parleyrun", found.start.version), fact("Python", found.python),
      fact("Record", found.record), fact("Started", moment(found.start.at)), fact("Machine", found.start.host), fact("Config", found.start.config_hash.slice(0, 12)));
    say(config, JSON.stringify(found.config, null, 2));
    starts.show(found.starts);
  }).catch((error) => {
    if (!(error instanceof Refused)) throw error;
    say(wrong, error.message);
  });
  return {};
}
