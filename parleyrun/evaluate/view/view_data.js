// What is known of the examples, and what they are chosen by.
/* exported viewData */
const viewData = (() => {
  const { byId } = page;
  const about = JSON.parse(byId("about").textContent);
  const examples = JSON.parse(byId("examples").textContent);
  const both = about.logs.length > 1;
  const words = byId("words");
  const haystacks = new Array(examples.length);
  const talks = new Map();

  examples.forEach((example, index) => {
    if (!talks.has(example.talk)) talks.set(example.talk, []);
    talks.get(example.talk).push(index);
  });

  const TAKEN = ["tokens", "cost", "seconds"];
  const numberOf = (log, name) => {
    const value = log ? (TAKEN.includes(name) ? log[name] : log.scores[name]) : null;
    return typeof value === "number" ? value : null;
  };
  const numbers = [...about.figures, ...TAKEN].filter((name) =>
    examples.some((example) => example.logs.some((log) => numberOf(log, name) !== null)),
  );
  const shown = (value) => (value === null ? "–" : String(Number(value.toPrecision(4))));

  /** The number that a filter, or an order, goes by: of one log, or the second less the first. */
  const measured = (example, name, side) => {
    if (side !== "difference") return numberOf(example.logs[side], name);
    const [first, second] = example.logs.map((log) => numberOf(log, name));
    return first === null || second === null ? null : second - first;
  };

  const failed = (example) => example.logs.some((log) => log?.error);
  const told = (log) => (log ? JSON.stringify([log.text, log.error?.kind ?? ""]) : null);
  const answersDiffer = (example) => both && told(example.logs[0]) !== told(example.logs[1]);
  const scoresDiffer = (example) =>
    both && about.figures.some((name) => numberOf(example.logs[0], name) !== numberOf(example.logs[1], name));
  const falls = (example) => about.figures.some((name) => (measured(example, name, "difference") ?? 0) < 0);
  const rises = (example) => about.figures.some((name) => (measured(example, name, "difference") ?? 0) > 0);

  const KINDS = [
    ["all", () => true],
    ["with an error", failed],
    ["without an error", (example) => !failed(example)],
    ...(both
      ? [
          ["changed: figures", scoresDiffer],
          ["changed: higher", rises],
          ["changed: lower", falls],
          ["changed: answers", answersDiffer],
          ["in one log only", (example) => example.logs.includes(null)],
        ]
      : []),
  ];

  const haystack = (index) => {
    if (haystacks[index] === undefined) {
      const { name, asked, logs } = examples[index];
      const all = (log) => [...(log.lines ?? []).map((line) => line[2]), ...log.verdicts.map((verdict) => verdict[3])];
      const said = logs.flatMap((log) => (log ? [log.text, log.error?.kind, log.error?.message, ...all(log)] : []));
      haystacks[index] = [about.tasks[examples[index].task], name, asked.text, ...rightOnes(asked), ...said]
        .filter(Boolean)
        .join("\n")
        .toLowerCase();
    }
    return haystacks[index];
  };

  const rightOnes = (asked) => [asked.labels ?? asked.eval_labels ?? []].flat().map(String);
  const needle = () => words.value.trim().toLowerCase();

  return {
    about, answersDiffer, both, examples, haystack, KINDS, measured, needle, numberOf, numbers, rightOnes, shown,
    TAKEN, talks,
  };
})();
