"use strict";
// What the scripts of our pages share. Whatever people or models wrote becomes text of the page, and never markup.
/* exported page */
const page = (() => {
  const PAGE = 100; // of anything that is shown at once
  const byId = (id) => document.getElementById(id);

  /** An element with text in it. */
  const element = (name, text = "", className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  /** A button that calls. */
  const button = (label, call, className = "") => {
    const made = element("button", label, className);
    made.type = "button";
    made.addEventListener("click", call);
    return made;
  };

  /** What nobody sees, or what turns words around, as signs that can be seen. */
  const visible = (text) =>
    text
      .replace(/\p{Cc}/gu, (one) => {
        const code = one.charCodeAt(0);
        if (one === "\n" || one === "\t") return one;
        return code < 32 ? String.fromCharCode(0x2400 + code) : "\ufffd";
      })
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, (one) => `[U+${one.charCodeAt(0).toString(16).toUpperCase()}]`);

  /** Text in which what was searched for is marked. */
  const marked = (parent, text, needle) => {
    const lower = text.toLowerCase();
    let from = 0;
    // Some letters change their number when they become small; then nothing is marked.
    let at = needle && lower.length === text.length ? lower.indexOf(needle) : -1;
    while (at >= 0) {
      parent.append(text.slice(from, at), element("mark", text.slice(at, at + needle.length)));
      from = at + needle.length;
      at = lower.indexOf(needle, from);
    }
    parent.append(text.slice(from));
  };

  const inList = (more) => {
    const holder = element("li", "", "more");
    holder.append(more);
    return holder;
  };

  /** Appends some now, and a button for the next ones, in what `hold` puts around it. */
  const appendSome = (parent, items, make, { from = 0, hold = inList } = {}) => {
    items.slice(from, from + PAGE).forEach((item, place) => parent.append(make(item, from + place)));
    const next = from + PAGE;
    if (next >= items.length) return;
    const label = `Show more (${items.length - next} left)`;
    const more = button(label, () => {
      holder.remove();
      appendSome(parent, items, make, { from: next, hold });
      const first = parent.children[next];
      const target = first?.querySelector("button") ?? first;
      if (target) {
        if (target.tabIndex < 0) target.tabIndex = -1;
        target.focus({ preventScroll: true });
      }
    });
    const holder = hold(more);
    parent.append(holder);
  };

  /** Calls once nobody has typed for a moment. */
  const whenQuiet = (call) => {
    let soon;
    return () => {
      clearTimeout(soon);
      soon = setTimeout(call, 150);
    };
  };

  return { appendSome, button, byId, element, marked, visible, whenQuiet };
})();
