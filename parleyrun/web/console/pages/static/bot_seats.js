// Bots' seats in a conversation: who speaks there, and taking one over.
import { ask, mayAct } from "./api.js";
import { act, acting } from "./acting.js";
import { give, model, take } from "./actions.js";
import { button, el, say, Table } from "./dom.js";

export class BotSeats {
  constructor(uid) {
    this.models = [];
    if (mayAct()) ask("models").then((found) => (this.models = found.models.map(({ name }) => name))).catch(() => {});
    this.table = new Table("Bots", [
      { name: "Role", cell: (row) => row.role },
      { name: "Model", cell: (row) => row.model ?? "–" },
      { name: "Its words", cell: (row) => (row.taken ? "held" : "shown") },
      { name: "People are told", cell: (row) => (row.disclosed ? "yes" : "no"), wide: true },
      { name: "", once: (row) => (mayAct() ? el("div", { class: "row tight" },
        button("", () => act((row().taken ? give : take)(uid, row().role))),
        acting("Model…", () => model(uid, row().role, this.models))) : null),
        update: (made, row) => say(made.firstChild, row.taken ? "Give back…" : "Take over…") },
    ], (row) => row.role);
    this.element = this.table.element;
    this.element.hidden = true;
  }

  show(bots) {
    this.element.hidden = bots.length === 0;
    this.table.show(bots);
  }
}
