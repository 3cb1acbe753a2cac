// Small plots, drawn here, each of which can be read as a table as well.
import { el, svg } from "./dom.js";
import { amount, moment, number } from "./words.js";

const WIDTH = 300;
const HEIGHT = 72;
const ROWS = 30;

/** A line over time, of samples `[seconds, value]`. Returns what shows them. */
export class Plot {
  /** One that is `spare` is there only once there is something to draw. */
  constructor(title, unit = "", spare = false) {
    this.spare = spare;
    this.title = title;
    this.unit = unit;
    this.area = svg("path", { class: "area" });
    this.line = svg("path", { class: "line" });
    this.dot = svg("circle", { class: "dot", r: 3 });
    this.picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" }, this.area, this.line, this.dot);
    this.now = el("strong");
    this.most = el("span", { class: "muted" });
    this.rows = el("tbody");
    const table = el("table", {}, el("caption", { class: "unseen" }, title),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "When"), el("th", { scope: "col", class: "number" }, title))), this.rows);
    this.details = el("details", { ontoggle: () => this.fill() }, el("summary", {}, "As a table"),
      el("div", { class: "scroll short", tabindex: "0", role: "group", "aria-label": `${title} as a table` }, table));
    this.element = el("figure", { class: "plot" },
      el("figcaption", {}, el("span", {}, title), this.now), this.picture, this.most, this.details);
    this.samples = [];
  }

  show(samples) {
    this.samples = samples.filter(([, value]) => value !== null && value !== undefined);
    const values = this.samples.map(([, value]) => value);
    const most = Math.max(...values, 0);
    const last = values.at(-1);
    this.now.textContent = last === undefined ? "–" : `${amount(last)}${this.unit}`;
    this.element.hidden = this.spare && values.length === 0;
    this.most.textContent = values.length > 1 ? `most ${amount(most)}${this.unit}, since ${moment(this.samples[0][0])}` : "from now on";
    const said = values.length ? `${this.title}: now ${amount(last)}${this.unit}, least ${amount(Math.min(...values))}, most ${amount(most)}` : `${this.title}: nothing yet`;
    this.picture.setAttribute("aria-label", said);
    this.draw(most || 1);
    this.fill();
  }

  draw(most) {
    const [first, end] = [this.samples[0]?.[0] ?? 0, this.samples.at(-1)?.[0] ?? 1];
    const x = (at) => (end > first ? ((at - first) / (end - first)) * (WIDTH - 8) + 4 : WIDTH - 4);
    const y = (value) => HEIGHT - 4 - (value / most) * (HEIGHT - 10);
    const points = this.samples.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    this.line.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
    this.area.setAttribute("d", points.length > 1 ? `M${x(first)} ${HEIGHT}L${points.join("L")}L${x(end)} ${HEIGHT}Z` : "");
    const last = this.samples.at(-1);
    this.dot.setAttribute("visibility", last ? "visible" : "hidden");
    if (last) {
      this.dot.setAttribute("cx", x(last[0]));
      this.dot.setAttribute("cy", y(last[1]));
    }
  }

  fill() {
    if (!this.details.open) return;
    // Some of them, evenly: a table of hundreds of rows is none that anybody reads.
    const every = Math.ceil(this.samples.length / ROWS) || 1;
    const some = this.samples.filter((_, place) => (this.samples.length - 1 - place) % every === 0).reverse();
    this.rows.replaceChildren(...some.map(([at, value]) =>
      el("tr", {}, el("td", {}, moment(at)), el("td", { class: "number" }, `${amount(value)}${this.unit}`))));
  }
}

/** Bars, a row each: a table that is a plot. */
export class Bars {
  constructor(caption) {
    this.body = el("tbody");
    this.element = el("div", { class: "bars" }, el("table", {}, el("caption", {}, caption), this.body));
    this.rows = new Map();
  }

  show(values) {
    const most = Math.max(1, ...values.map(([, value]) => value));
    for (const [name, value, link] of values) {
      const known = this.rows.get(name) ?? this.add(name, link);
      known.value.textContent = number(value);
      known.bar.style.inlineSize = `${(100 * value) / most}%`;
    }
    values.forEach(([name], place) => {
      const { row } = this.rows.get(name);
      if (this.body.children[place] !== row) this.body.insertBefore(row, this.body.children[place] ?? null);
    });
    for (const [name, { row }] of this.rows) {
      if (values.some(([each]) => each === name)) continue;
      row.remove();
      this.rows.delete(name);
    }
  }

  add(name, link) {
    const value = el("td", { class: "number" });
    const bar = el("span", { class: "fill" });
    const head = el("th", { scope: "row" }, link ? el("a", { href: link }, name) : name);
    const row = el("tr", {}, head, el("td", { class: "track", "aria-hidden": "true" }, bar), value);
    this.body.append(row);
    const made = { row, value, bar };
    this.rows.set(name, made);
    return made;
  }
}
