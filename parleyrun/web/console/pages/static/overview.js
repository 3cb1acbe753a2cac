// Overview: how many are where, what goes on, and how it has gone within the last hour.
import { history, mayAct } from "./api.js";
import { acting, canUndo, undo } from "./acting.js";
import { message } from "./actions.js";
import { button, el, say, Table, theirs } from "./dom.js";
import { Bars, Plot } from "./plot.js";
import { amount, duration, moment, number, placeName, PLACES, share, shortId } from "./words.js";

const DOORS = [["open", "open: people come in"], ["closed", "closed: nobody new comes in"], ["drain", "drain: nobody begins a task either"]];

export function open(main) {
  const tiles = new Map();
  const grid = el("dl", { class: "tiles" });
  const places = new Bars("People by place");
  const ended = new Bars("Conversations that are over, by outcome");
  const waits = new Bars("How long people wait");
  const plots = [
    [new Plot("People inside"), (sample) => insideOf(sample.places)],
    [new Plot("People waiting"), (sample) => sample.places.waiting ?? 0],
    [new Plot("Conversations"), (sample) => sample.conversations],
    [new Plot("Messages a minute"), (sample) => sample.messages_per_minute],
    [new Plot("Cost of models", "", true), (sample) => sample.models_cost || null],
    [new Plot("A model's answer takes", " s", true), (sample) => sample.model_seconds],
  ];
  const acts = new Table("What operators did last", [
    { name: "No.", cell: (row) => String(row.number), number: true, wide: true },
    { name: "When", cell: (row) => moment(row.at) },
    { name: "Who", cell: (row) => theirs(row.by) },
    { name: "What", cell: whatWasDone },
    { name: "Why", cell: (row) => theirs(row.why), wide: true },
    { name: "", once: (row) => (mayAct() ? button("Undo…", () => undo(row().number, `${row().verb} ${row().target}`), { class: "quiet" }) : null),
      update: (made, row) => { made.hidden = !canUndo(row); made.setAttribute("aria-label", `Undo… act ${row.number}`); } },
  ], (row) => row.number, "Nothing yet.");
  const samples = [];

  main.append(
    el("div", { class: "title" }, el("h2", {}, "Overview"), el("div", { class: "row" },
      acting("Message to all…", () => message("everybody", { everybody: true })),
      acting("Pause all…", () => ({ title: "Pause all matching", verb: "pause", what: "Nobody is matched until you resume it; who waits goes on waiting." })),
      acting("Resume all…", () => ({ title: "Resume all matching", verb: "resume" })),
      acting("Door…", () => ({ title: "Set the door", verb: "door", fields: [{ name: "state", label: "The door is", kind: "choice", options: DOORS }] })),
    )),
    grid,
    el("div", { class: "columns" }, places.element, ended.element, waits.element),
    el("div", { class: "plots" }, plots.map(([plot]) => plot.element)),
    acts.element,
  );

  const tile = (name, value, more = "", href = null) => {
    let known = tiles.get(name);
    if (!known) {
      known = { value: el("dd", { class: "value" }), more: el("dd", { class: "more" }) };
      grid.append(el("div", {}, el("dt", {}, href ? el("a", { href }, name) : name), known.value, known.more));
      tiles.set(name, known);
    }
    say(known.value, value);
    say(known.more, more);
  };

  const tell = (found) => {
    const all = Object.values(found.ended).reduce((sum, each) => sum + each, 0);
    const left = found.ended.left ?? 0;
    const { places: at } = found;
    tile("Inside", number(insideOf(at)), found.away ? `${found.away} have lost their connection` : "all of them connected", "#people");
    tile("Conversations", number(found.conversations), `${number(at.task ?? 0)} people in them`, "#conversations");
    tile("Waiting", number(at.waiting ?? 0), found.longest_wait_seconds === null ? "nobody waits" : `the longest ${duration(found.longest_wait_seconds)}`, "#people?place=waiting");
    tile("Finished", number(found.ended.finished ?? 0), all ? `of ${number(all)} conversations that are over` : "none is over yet");
    tile("Dropped out", number(left), all ? `${share(left, all)} of those that are over` : "none is over yet");
    tile("Of quota", found.quota === null ? "–" : `${number(found.quota_filled)} / ${number(found.quota)}`, found.quota === null ? "not every value has one" : share(found.quota_filled, found.quota), "#tasks");
    tile("Messages a minute", number(found.messages_per_minute));
    tile("Cost of models", amount(found.models_cost), `${number(found.model_answers)} answers`, "#models");
    tile("A model's answer takes", found.model_seconds === null ? "–" : `${amount(found.model_seconds)} s`, `${number(found.model_failures)} failed`, "#models");
    tile("Errors", number(found.errors), `${number(found.warnings)} warnings`, "#trouble");
    places.show(PLACES.filter((name) => at[name]).map((name) => [placeName(name), at[name], `#people?place=${name}`]));
    ended.show(Object.entries(found.ended));
    waits.show(spans(found.waits));
    const known = samples.at(-1);
    if (!known || found.at - known.at >= 5) samples.push(found);
    draw();
  };

  const draw = () => {
    for (const [plot, of] of plots) plot.show(samples.map((sample) => [sample.at, of(sample)]));
  };
  history().then((kept) => {
    const oldest = samples[0]?.at ?? Infinity;
    samples.unshift(...kept.filter(({ at }) => at < oldest - 1));
    draw();
  });
  return { overview: tell, asked: () => [{ verb: "acts", values: { at_most: 20 }, tell: ({ acts: found }) => acts.show(found) }] };
}

function whatWasDone({ verb, target }) {
  const of = target === "*" ? "all" : shortId(target);
  return el("span", { title: of === target ? null : target }, theirs([verb, of].filter(Boolean).join(" ")));
}

const insideOf = (places) => Object.entries(places).reduce((sum, [name, each]) => sum + (name === "gone" || name === "door" ? 0 : each), 0);

function spans(waits) {
  if (!waits.length) return [];
  const steps = [[0, 30, "up to 30 s"], [30, 60, "30 s to 1 min"], [60, 180, "1 to 3 min"], [180, 600, "3 to 10 min"], [600, Infinity, "longer"]];
  return steps.map(([from, to, name]) => [name, waits.filter((wait) => wait >= from && wait < to).length]);
}
