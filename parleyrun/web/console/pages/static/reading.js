// Reading along in a conversation: each side as the one sees it who sits there, its newest lines first fetched.
import { ask, Refused } from "./api.js";
import { acting } from "./acting.js";
import { check, message, swap } from "./actions.js";
import { BotSeats } from "./bot_seats.js";
import { button, el, say, theirs } from "./dom.js";
import { personLink } from "./people.js";
import { moment } from "./words.js";

const PAGE = 100;
const NEWEST = 30;
const ENDS = [["stopped", "stopped"], ["finished", "finished: its world brings it to an end"], ["timed out", "timed out"]];

/** One person's side: their lines by number, each there once. */
class Side {
  constructor(id) {
    this.id = id;
    this.numbers = [];
    this.name = el("h4", {});
    this.lines = el("ol", { class: "lines" });
    this.log = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": `As ${id} sees it` }, this.lines);
    this.element = el("section", { class: "side" }, this.name, this.log);
  }

  add(line) {
    if (this.numbers.includes(line.seq)) return;
    const isAtEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    const place = this.numbers.findIndex((seq) => seq > line.seq);
    const made = el("li", { class: line.operator ? "line operator" : line.mine ? "line mine" : "line" },
      el("p", { class: "speaker" }, line.mine ? "said" : theirs(line.speaker || "the study"), " ", el("time", {}, moment(line.at))),
      line.quoted ? el("blockquote", { class: "quoted", dir: "auto" }, line.quoted) : null,
      el("p", { class: "text", dir: "auto" }, line.text || "(no words)"));
    if (place < 0) {
      this.numbers.push(line.seq);
      this.lines.append(made);
    } else {
      this.numbers.splice(place, 0, line.seq);
      this.lines.insertBefore(made, this.lines.children[place]);
    }
    if (isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }
}

export class Reading {
  constructor(uid, closing) {
    this.uid = uid;
    this.sides = new Map();
    this.before = null;
    this.title = el("h3", {}, uid);
    this.people = el("p", { class: "muted" });
    this.wrong = el("p", { class: "wrong", role: "alert" });
    this.shown = el("select", { id: `side-${uid}`, onchange: () => this.arrange() }, el("option", { value: "" }, "all sides"));
    this.older = button("Older lines", () => this.fetchOlder(), { class: "quiet", hidden: true });
    this.bots = new BotSeats(uid);
    this.grid = el("div", { class: "sides" });
    this.element = el("article", { class: "reading" },
      el("div", { class: "title" }, this.title, el("div", { class: "row" },
        acting("Message…", () => message(this.title.textContent, { conversation: uid }, "It is in the transcript, as from those who run the study.")),
        acting("Attention check…", () => check(this.title.textContent, { conversation: uid })),
        acting("End…", () => ({ title: `End ${this.title.textContent}`, verb: "end", values: { conversation: uid }, what: "It ends for everybody who is in it.", go: "End it",
          fields: [{ name: "outcome", label: "Outcome", kind: "choice", options: ENDS }] }), { class: "grave" }),
        el("a", { class: "button quiet", href: closing }, "Close"))),
      this.people, this.wrong, this.bots.element,
      el("div", { class: "row" }, el("label", { for: this.shown.id }, "Shown"), this.shown, this.older),
      this.grid);
    this.fetch({}).catch(() => {});
  }

  /** What is looked at all the time: the newest lines. What is older was fetched, or is on demand. */
  asked() {
    return {
      verb: "conversation", values: { conversation: this.uid, at_most: NEWEST },
      tell: (found) => this.tellNewest(found), fail: (why) => this.over(why),
    };
  }

  /** Show the newest lines; where some came between those and the last ones that are known, have these as well. */
  tellNewest(found) {
    const after = {};
    let isMissing = false;
    for (const [id, { numbers }] of this.sides) {
      const first = found.lines.find(({ person }) => person === id)?.seq;
      if (numbers.length) after[id] = numbers.at(-1);
      isMissing ||= numbers.length > 0 && first > numbers.at(-1) + 1;
    }
    this.tell(found);
    if (!isMissing) return;
    ask("conversation", { conversation: this.uid, after }).then((missed) => this.tell(missed), (error) => say(this.wrong, error.message));
  }

  async fetch(values) {
    try {
      const found = await ask("conversation", { conversation: this.uid, at_most: PAGE, ...values });
      this.before = found.before;
      this.older.hidden = Object.keys(found.before).length === 0;
      this.tell(found);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.over(error.message);
    }
  }

  async fetchOlder() {
    const heights = [...this.sides.values()].map((side) => [side, side.log.scrollHeight - side.log.scrollTop]);
    await this.fetch({ before: this.before });
    // What was read stays where it is.
    for (const [side, fromEnd] of heights) side.log.scrollTop = side.log.scrollHeight - fromEnd;
  }

  tell({ conversation, lines }) {
    say(this.title, conversation.name);
    this.bots.show(conversation.bots);
    const known = JSON.stringify(conversation.people.map(({ id, role, present }) => [id, role, present]));
    if (known !== this.known) {
      this.known = known;
      this.people.replaceChildren(...conversation.people.flatMap(({ id, role, present }, place) =>
        [place ? ", " : "", role ? `${role}: ` : "", personLink(id), present ? "" : " (away)",
          role && conversation.people.length > 1 ? [" ", acting(`A bot for ${role}…`, () => swap(this.uid, role, this.bots.models), { class: "quiet" })] : ""].flat()));
      for (const { id, role } of conversation.people) this.side(id, role);
    }
    for (const line of lines) this.side(line.person).add(line);
  }

  side(id, role = null) {
    let side = this.sides.get(id);
    if (!side) {
      side = new Side(id);
      this.sides.set(id, side);
      this.grid.append(side.element);
      this.shown.append(el("option", { value: id }, `as ${role ?? id} sees it`));
      this.arrange();
    }
    if (role !== null || !side.name.textContent) side.name.replaceChildren(role ? `${role} · ` : "", theirs(id));
    return side;
  }

  arrange() {
    for (const [id, side] of this.sides) side.element.hidden = this.shown.value !== "" && this.shown.value !== id;
  }

  over(why) {
    say(this.wrong, this.sides.size ? "It is over." : why);
  }
}
