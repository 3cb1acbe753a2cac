// Doing something: what it is, why, and a way back where there is one.
import { ask, mayAct, Refused } from "./api.js";
import { button, el } from "./dom.js";

const UNDONE = ["pause", "resume", "wait", "quota", "door", "time", "size", "check", "take", "give", "model"];
const dialog = document.querySelector("#act");
const said = document.querySelector("#said");
let fades;

/** A field of the form in which something is done: `{name, label, kind, options, value, hint, needed}`. */
function field(about) {
  const id = `act-${about.name}`;
  const more = { id, name: about.name, required: about.needed, "aria-describedby": about.hint && `${id}-hint` };
  let control;
  if (about.kind === "text") control = el("textarea", { ...more, rows: 3 }, about.value ?? "");
  else if (about.kind === "choice")
    control = el("select", more, about.options.map(([value, label]) => el("option", { value, selected: value === about.value }, label)));
  else control = el("input", { ...more, type: about.kind ?? "text", value: about.value ?? "", min: about.kind === "number" ? 0 : null });
  const hint = about.hint && el("p", { class: "hint", id: `${id}-hint` }, about.hint);
  return el("div", { class: "field" }, el("label", { for: id }, about.label), control, hint);
}

/**
 * Ask whether to do something, and why; then do it.
 *
 * @param title What will be done.
 * @param verb The operation.
 * @param values What it is told; `valuesOf(form)` adds what was entered.
 * @param fields What is entered besides the reason.
 * @param what What it comes to, for the people in the study.
 */
export function act({ title, verb, values = {}, fields = [], what = "", go = "Do it", valuesOf = (entered) => entered }) {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const doing = el("button", { type: "submit", class: "main" }, go);
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "act-title" }, title),
    what && el("p", {}, what),
    fields.map(field),
    field({ name: "why", label: "Why (for the record)" }),
    wrong,
    el("div", { class: "row" }, doing, button("Cancel", () => dialog.close(), { class: "quiet" })),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { why, ...entered } = Object.fromEntries(new FormData(form));
    doing.disabled = true;
    try {
      const done = await ask(verb, { ...values, ...valuesOf(entered) }, why);
      dialog.close();
      tell(`${title}: done.`, done, verb);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.textContent = error.message;
    } finally {
      doing.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

/** Whether an act can be undone: what was set, as it was before is on record, and a question that was asked. */
export const canUndo = ({ verb, details }) => verb === "check" || details.before !== undefined;

export function undo(number, what) {
  act({ title: `Undo act ${number}`, verb: "undo", values: { act: number }, what, go: "Undo" });
}

/** A button that does something; nothing where one may only look. */
export const acting = (label, about, more = {}) => (mayAct() ? button(label, () => act(about()), more) : null);

function tell(sentence, done, verb) {
  clearTimeout(fades);
  const back = UNDONE.includes(verb) && button("Undo", () => undo(done.act, sentence), { class: "quiet" });
  said.replaceChildren(sentence, ...(done.told ? [` ${done.told} told.`] : []), ...(back ? [" ", back] : []));
  said.hidden = false;
  fades = setTimeout(() => (said.hidden = true), 15_000);
}
