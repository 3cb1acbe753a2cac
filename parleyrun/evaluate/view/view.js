// Shows the examples of one log or two. Whatever models said becomes text of the page, and never markup.
(() => {
  const { appendSome, button, byId, element, visible, whenQuiet } = page;
  const { about, answersDiffer, both, examples, haystack, KINDS, measured, needle, numberOf, numbers, shown, TAKEN, talks } = viewData;
  const SNIPPET = 120; // characters of a question or an answer in the table
  const AROUND = 40; // examples of a dialogue before and after the chosen one
  let order = { column: "name", falling: false };
  let found = [];
  let chosen = null;

  // The table.

  const snippet = (text) => {
    const cell = element("td", "", "words");
    const body = element("bdi", visible(String(text ?? "").slice(0, SNIPPET).replace(/\s+/g, " ")));
    body.dir = "auto";
    cell.append(body);
    return cell;
  };

  const numberCell = (example, name) => {
    const cell = element("td", "", "number");
    const values = example.logs.map((log) => numberOf(log, name));
    if (!both || values[0] === values[1]) {
      cell.textContent = shown(values[0]);
      return cell;
    }
    cell.append(`${shown(values[0])} → ${shown(values[1])} `);
    if (values[0] !== null && values[1] !== null) {
      const rose = values[1] > values[0];
      const sign = element("span", rose ? "▲" : "▼", TAKEN.includes(name) ? "" : rose ? "up" : "down");
      sign.setAttribute("role", "img");
      sign.setAttribute("aria-label", rose ? "higher" : "lower");
      cell.append(sign);
    }
    return cell;
  };

  const errorCell = (example) => {
    const kinds = example.logs.map((log) => (log ? (log.error?.kind ?? "") : "not asked"));
    const same = kinds.every((kind) => kind === kinds[0]);
    const cell = element("td", same ? kinds[0] : kinds.map((kind) => kind || "–").join(" → "));
    if (kinds.some(Boolean)) cell.className = "wrong";
    return cell;
  };

  const columns = [
    { name: "name", head: "Example", by: (example, index) => index },
    {
      name: "asked",
      head: "Asked",
      by: (example) => String(example.asked.text ?? "").slice(0, SNIPPET).toLowerCase(),
      cell: (example) => snippet(example.asked.text),
    },
    {
      name: "error",
      head: "Error",
      by: (example) => -example.logs.filter((log) => log?.error).length,
      cell: errorCell,
    },
    ...numbers.map((name) => ({
      name: `number ${name}`,
      head: name,
      by: (example) => measured(example, name, both ? "difference" : 0),
      cell: (example) => numberCell(example, name),
    })),
    {
      name: "answer",
      head: both ? "Answers" : "Answer",
      by: (example) => (both ? Number(!answersDiffer(example)) : (example.logs[0].text ?? "").slice(0, SNIPPET)),
      cell: (example) => {
        if (both && !answersDiffer(example)) return element("td", "the same", "words note");
        return snippet(example.logs.map((log) => (log ? (log.text ?? "–") : "–").slice(0, SNIPPET / 2)).join(" ≠ "));
      },
    },
  ];

  const rowOf = (index) => {
    const example = examples[index];
    const row = element("tr");
    row.dataset.example = String(index);
    if (index === chosen) row.setAttribute("aria-current", "true");
    const head = element("th");
    head.scope = "row";
    const task = about.tasks.length > 1 ? `${about.tasks[example.task]} ` : "";
    head.append(button(`${task}${example.name}`, () => show(index)));
    row.append(head, ...columns.slice(1).map((column) => column.cell(example)));
    row.addEventListener("click", (event) => {
      if (!event.target.closest("button")) show(index);
    });
    return row;
  };

  const moreRows = (next) => {
    const row = element("tr");
    const cell = element("td", "", "more");
    cell.colSpan = columns.length;
    cell.append(next);
    row.append(cell);
    return row;
  };

  const headOf = (column) => {
    const head = element("th");
    head.scope = "col";
    const sorted = order.column === column.name;
    if (sorted) head.setAttribute("aria-sort", order.falling ? "descending" : "ascending");
    const label = `${column.head}${sorted ? (order.falling ? " ↓" : " ↑") : ""}`;
    head.append(
      button(label, () => {
        order = { column: column.name, falling: sorted && !order.falling };
        search();
        byId("heads").querySelector("[aria-sort] button").focus();
      }),
    );
    return head;
  };

  const inOrder = (indices) => {
    const column = columns.find((each) => each.name === order.column);
    const keys = new Map(indices.map((index) => [index, column.by(examples[index], index)]));
    const sign = order.falling ? -1 : 1;
    return indices.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      if (a === b) return one - other;
      if (a === null || b === null) return a === null ? 1 : -1; // what has no number comes last
      return a < b ? -sign : sign;
    });
  };

  const search = () => {
    const wanted = needle();
    const task = byId("task").value;
    const [, isOne] = KINDS[Number(byId("which").value)];
    const ends = ["low", "high"].map((name) => (byId(name).value === "" ? null : Number(byId(name).value)));
    const [name, side] = JSON.parse(byId("figure").value || "[]");
    const inRange = (example) => {
      const value = measured(example, name, side);
      return value !== null && (ends[0] === null || value >= ends[0]) && (ends[1] === null || value <= ends[1]);
    };
    const hasRange = name !== undefined && ends.some((end) => end !== null);
    const indices = examples
      .map((_, index) => index)
      .filter((index) => !task || about.tasks[examples[index].task] === task)
      .filter((index) => isOne(examples[index]) && (!hasRange || inRange(examples[index])))
      .filter((index) => !wanted || haystack(index).includes(wanted));
    found = inOrder(indices);
    const count = (number) => number.toLocaleString("en");
    byId("found").textContent = `${count(found.length)} of ${count(examples.length)} examples`;
    byId("heads").replaceChildren(...columns.map(headOf));
    byId("rows").replaceChildren();
    appendSome(byId("rows"), found, rowOf, { hold: moreRows });
    document.querySelector(".browser").classList.remove("reading");
    if (found.length) show(found.includes(chosen) ? chosen : found[0], { focus: false });
    else byId("talk").replaceChildren();
  };

  const move = (label, by) => {
    const target = found[found.indexOf(chosen) + by];
    const made = button(label, () => {
      show(target);
      byId("talk").querySelector(`.moves button[data-by="${by}"]`).focus();
    });
    made.dataset.by = String(by);
    made.disabled = target === undefined;
    return made;
  };

  const show = (index, { focus = true } = {}) => {
    const example = examples[index];
    chosen = index;
    const article = byId("talk");
    const moves = element("div", "", "moves");
    const back = button(
      "Back to the table",
      () => {
        document.querySelector(".browser").classList.remove("reading");
        byId("rows").querySelector("[aria-current] button")?.focus();
      },
      "back",
    );
    moves.append(back, move("Previous", -1), move("Next", 1));
    const whole = talks.get(example.talk);
    const place = whole.indexOf(index);
    const from = Math.max(0, place - AROUND);
    const part = whole.slice(from, place + AROUND + 1);
    const lines = element("ol", "", "lines");
    lines.append(...part.map((each) => exchangeOf(each, index)));
    article.replaceChildren(moves, element("h3", `${about.tasks[example.task]} ${example.name}`));
    if (part.length < whole.length) {
      article.append(element("p", `Exchanges ${from + 1} to ${from + part.length} of ${whole.length} in this dialogue.`));
    }
    article.append(lines);
    document.querySelector(".browser").classList.toggle("reading", focus);
    for (const row of byId("rows").querySelectorAll("tr[data-example]")) {
      if (Number(row.dataset.example) === index) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const current = lines.querySelector("[aria-current]");
    article.scrollTop = place ? current.offsetTop - article.offsetTop : 0;
    if (!focus) return;
    article.focus({ preventScroll: true });
    if (getComputedStyle(article).borderTopWidth === "0px") current.scrollIntoView({ block: "nearest" });
  };

  // What can be chosen.

  const option = (select, label, value) => {
    const made = element("option", label);
    made.value = value;
    select.append(made);
  };
  for (const task of about.tasks) option(byId("task"), task, task);
  byId("task").closest("label").hidden = about.tasks.length < 2;
  KINDS.forEach(([label], place) => option(byId("which"), label, String(place)));
  for (const name of numbers) {
    if (!both) option(byId("figure"), name, JSON.stringify([name, 0]));
    for (const side of both ? [0, 1, "difference"] : []) {
      option(byId("figure"), `${name}, ${about.logs[side] ?? side}`, JSON.stringify([name, side]));
    }
  }
  for (const name of ["figure", "low", "high"]) byId(name).closest("label").hidden = !numbers.length;
  for (const name of ["task", "which", "figure"]) byId(name).addEventListener("change", search);
  for (const name of ["words", "low", "high"]) byId(name).addEventListener("input", whenQuiet(search));
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byId("rows").addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const target = step && event.target.closest("tr")?.[step]?.querySelector("button");
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
  byId("search").hidden = false;
  document.querySelector(".browser").hidden = false;
  search();
})();
