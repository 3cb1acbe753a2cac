// One exchange of a dialogue: what was asked, and what each log has of it.
/* exported exchangeOf */
const exchangeOf = (() => {
  const { button, element, marked, visible } = page;
  const { about, answersDiffer, both, examples, needle, rightOnes, shown, TAKEN } = viewData;
  const MOST = 20000; // characters of a text that are shown before somebody wants all of it

  /** A text, or of a long one its beginning and a button for the rest. */
  const textOf = (text, name = "ins", pieces = null) => {
    const body = element("bdi", "", "text");
    body.dir = "auto";
    if (text.length <= MOST) {
      for (const [piece, isOwn] of pieces ?? [[text, false]]) {
        const parent = isOwn && piece.trim() ? body.appendChild(element(name)) : body;
        marked(parent, visible(piece), needle());
      }
      return body;
    }
    marked(body, visible(text.slice(0, MOST)), needle());
    const holder = element("div");
    const all = button(`Show all ${text.length.toLocaleString("en")} characters`, () => {
      body.replaceChildren(visible(text));
      all.remove();
      body.tabIndex = -1;
      body.focus({ preventScroll: true });
    }, "all");
    holder.append(body, all);
    return holder;
  };

  const foldedJson = (title, value) => {
    const details = element("details");
    details.append(element("summary", title));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) {
        const written = typeof value === "string" ? value : JSON.stringify(value, null, 2);
        details.append(element("pre", visible(written)));
      }
    });
    return details;
  };

  const scoresOf = (log) => {
    const list = element("dl", "", "scores");
    const taken = TAKEN.filter((name) => typeof log[name] === "number").map((name) => [name, log[name]]);
    for (const [name, value] of [...Object.entries(log.scores), ...taken]) {
      const pair = element("div");
      const told = typeof value === "number" || value === null ? shown(value) : JSON.stringify(value);
      pair.append(element("dt", visible(name)), element("dd", visible(told)));
      list.append(pair);
    }
    return list;
  };

  /** A conversation that is the answer: each line with who says it, and to whom if not to all. */
  const linesOf = (lines) => {
    const list = element("dl", "", "said");
    for (const [speaker, to, text] of lines) {
      const said = element("dd");
      said.append(textOf(text));
      list.append(element("dt", visible(`${speaker || "world"}${to ? ` to ${to}` : ""}`)), said);
    }
    return list;
  };

  const verdictsOf = (verdicts) => {
    const list = element("dl", "", "said");
    for (const [judge, criterion, value, reason, problem] of verdicts) {
      const name = `${judge}${criterion ? `, ${criterion}` : ""}: ${value ?? "no verdict"}`;
      const why = element("dd");
      why.append(textOf(reason || problem));
      list.append(element("dt", visible(name)), why);
    }
    return list;
  };

  const answerOf = (log, place, pieces) => {
    const box = element("div");
    const head = element("div", "", "head");
    if (!log?.lines) head.append(element("bdi", visible(about.models[place]), "speaker"));
    if (both) head.append(element("span", about.logs[place], "tag"));
    box.append(head);
    if (log === null) {
      box.append(element("p", "Not in this log."));
      return box;
    }
    if (log.error) {
      const tries = log.error.tries > 1 ? ` (asked ${log.error.tries} times)` : "";
      const error = element("p", "", "wrong");
      error.append(`${visible(log.error.kind)}: `, textOf(log.error.message), tries);
      box.append(error);
      if (log.error.traceback) box.append(foldedJson("Where it happened", log.error.traceback));
    }
    if (log.lines) box.append(linesOf(log.lines));
    else if (log.text === null && !log.error) box.append(element("p", "It said nothing."));
    else if (!log.error) box.append(textOf(log.text, place ? "ins" : "del", pieces));
    box.append(scoresOf(log));
    if (log.verdicts.length) box.append(verdictsOf(log.verdicts));
    for (const [name, value] of Object.entries(log.more)) {
      box.append(foldedJson(`More: ${visible(name)}`, value));
    }
    return box;
  };

  const piecesOf = (logs) => {
    if (!both || logs.some((log) => !log?.text || log.text.length > MOST)) return [null, null];
    return wordDifferences(logs[0].text, logs[1].text);
  };

  const exchange = (index, chosen) => {
    const example = examples[index];
    const item = element("li");
    if (index === chosen) item.setAttribute("aria-current", "true");
    const head = element("div", "", "head");
    head.append(element("bdi", visible(String(example.asked.id ?? "")), "speaker"), element("span", example.name, "clock"));
    if (both) head.append(element("span", answersDiffer(example) ? "answers differ" : "same answer", "tag"));
    item.append(head, textOf(String(example.asked.text ?? "")));
    const right = rightOnes(example.asked);
    if (right.length) {
      const note = element("div", "right: ", "note");
      note.append(textOf(right.join(" | ")));
      item.append(note);
    }
    const known = ["id", "text", "labels", "eval_labels", "episode_done"];
    const more = Object.entries(example.asked).filter(([name]) => !known.includes(name));
    if (more.length) item.append(foldedJson("More: asked", Object.fromEntries(more)));
    const answers = element("div", "", "answers");
    const pieces = piecesOf(example.logs);
    answers.append(...example.logs.map((log, place) => answerOf(log, place, pieces[place])));
    item.append(answers);
    return item;
  };

  return exchange;
})();
