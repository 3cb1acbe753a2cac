// What the pages are made of. Whatever people have written only ever becomes text.

/** Make an element: attributes, listeners (`onclick`), and children, which are elements or become text. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined).map(asNode));
  return made;
}

const asNode = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));

/** Make an element of SVG. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What somebody else wrote, in whatever direction it runs. */
export const theirs = (text) => el("bdi", { class: "theirs" }, text);

export const button = (label, onclick, more = {}) => el("button", { type: "button", onclick, ...more }, label);

/** Set the text of an element, if it is another one: what a screen reader reads stays where it is. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A table whose rows stay the same elements for as long as they are of the same key, so that neither focus nor
 * selection is lost when something in it changes.
 *
 * @param caption What the table is of.
 * @param columns Each `{name, cell(row), wide, number}`: `cell` returns a text or an element. Or with `once(row)` an
 *   element that stays, which can ask for its row by then, and `update(element, row)` whenever that has changed.
 * @param keyOf Returns the key of a row.
 */
export class Table {
  constructor(caption, columns, keyOf, empty = "None.") {
    this.columns = columns;
    this.keyOf = keyOf;
    this.rows = new Map();
    this.body = el("tbody");
    this.none = el("div", { class: "none" }, el("p", { class: "caption" }, caption), el("p", { class: "muted" }, empty));
    const heads = columns.map(({ name, wide, number, once }) =>
      el("th", { scope: "col", class: classOf(wide, number, once && !name) }, name || el("span", { class: "unseen" }, "Actions")));
    const table = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), this.body);
    this.table = el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, table);
    this.element = el("div", { class: "table" }, this.table, this.none);
    this.show([]);
  }

  show(rows) {
    this.table.hidden = rows.length === 0;
    this.none.hidden = rows.length > 0;
    const before = this.rows;
    this.rows = new Map();
    let place = this.body.firstElementChild;
    for (const row of rows) {
      const key = String(this.keyOf(row));
      const known = before.get(key) ?? this.make();
      before.delete(key);
      this.rows.set(key, known);
      known.fill(row);
      if (known.element === place) place = place.nextElementSibling;
      else this.body.insertBefore(known.element, place);
    }
    for (const { element } of before.values()) element.remove();
  }

  make() {
    const element = el("tr");
    const now = { row: null };
    const cells = this.columns.map(({ name, cell, wide, number, once, update }) => {
      const made = el("td", { class: classOf(wide, number, once && !name) });
      element.append(made);
      const content = once?.(() => now.row) ?? "";
      made.append(content);
      return { made, cell, update: update && content !== "" ? (row) => update(content, row) : null };
    });
    const fill = (row) => {
      now.row = row;
      for (const { made, cell, update } of cells) {
        update?.(row);
        if (!cell) continue;
        const content = cell(row);
        if (content instanceof Node) {
          if (made.firstChild === null || made.textContent !== content.textContent) made.replaceChildren(content);
        } else say(made, content ?? "–");
      }
    };
    return { element, fill };
  }
}

const classOf = (wide, number, doing) => [wide && "wide", number && "number", doing && "doing"].filter(Boolean).join(" ") || null;
