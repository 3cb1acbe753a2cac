import { Line } from './line.js';
import { words } from './words.js';

/**
 * The list of lines: what is on record, in the order of the record, then what is still on its way, then what bots
 * are about to say.
 *
 * However often a line arrives, it is shown once.
 */
export class Log {
  #container;
  #choices;
  /** @type {Line[]} all lines, in the order they are shown */
  #lines = [];
  /** @type {Map<number, Line | null>} null for what is shown elsewhere */
  #recorded = new Map();
  /** @type {Map<string, number>} */
  #readers = new Map();
  /** @type {Line[]} the own lines whose mark is shown */
  #marked = [];
  /** @type {Map<string, Line>} what bots are saying now, by who speaks */
  #growing = new Map();
  #complete = 0;
  #placeBegan = 0;

  /**
   * @param {HTMLElement} container
   * @param {{onRetry: (messageId: string) => void, onEdit: (messageId: string) => void}} choices
   *   what the person can do about a line that was refused
   */
  constructor(container, choices) {
    this.#container = container;
    this.#choices = choices;
  }

  /** The number up to which every line is here: what to offer when coming back. */
  get complete() {
    return this.#complete;
  }

  /** All lines that are on record. @returns {Line[]} */
  get onRecord() {
    return this.#lines.filter((line) => line.seq !== null);
  }

  /** The line of that number, if it is on record and shown here. @param {number | undefined} seq @returns {Line | null} */
  line(seq) {
    const line = this.#recorded.get(seq ?? 0) ?? null;
    return line === null || line.element.hidden ? null : line;
  }

  /** What the newest line suggests as answers; nothing once something was said after it. @returns {string[]} */
  get offered() {
    if (this.#lines.some((line) => line.state === 'pending')) return [];
    let newest = 0;
    for (const [seq, line] of this.#recorded) if (line !== null) newest = Math.max(newest, seq);
    return this.#recorded.get(newest)?.quickReplies ?? [];
  }

  /**
   * Show a line that is on record. If it is an own one that was on its way, that one is now on record; if it has grown
   * here, it takes the place of what was shown of it.
   * @param {import('./protocol.js').MessageFrame} frame
   * @returns {{line: Line, instead: HTMLElement | null} | null} the line, if it is a new one, and what it replaces
   */
  show(frame) {
    if (this.#recorded.has(frame.seq)) return null;
    if (frame.mine && this.acknowledge(frame.message_id, frame.seq)) return null;
    const line = new Line({
      seq: frame.seq,
      messageId: frame.message_id ?? null,
      mine: frame.mine,
      speaker: speakerOf(frame),
      picture: frame.persona?.picture,
      ...inWordsOfPage(frame),
      payload: attached(frame),
      quickReplies: frame.quick_replies ?? [],
      at: frame.at,
      bot: frame.bot,
      instructions: frame.instructions,
      quoted: this.line(frame.reply_to),
    });
    // The end of the visit says the one, and the button in the header the other.
    if (frame.farewell || frame.finish_how) line.element.hidden = true;
    this.#place(line, frame.seq);
    // Only now, so that there is no moment in which the list is shorter than it was.
    const instead = frame.mine ? null : this.stopGrowing(frame.id);
    return { line, instead: instead?.element ?? null };
  }

  /** Show the words so far of what a bot is saying. @param {string} id @param {string} text @returns {Line | null} the line, if it begins */
  grow(id, text) {
    const begun = this.#growing.get(id);
    begun?.grow(text);
    if (begun !== undefined) return null;
    const said = { seq: null, messageId: null, mine: false, speaker: id, text, quickReplies: [], at: 0 };
    const line = new Line({ ...said, bot: true, growing: true });
    this.#growing.set(id, line);
    this.#insert(line, this.#lines.length);
    return line;
  }

  /** It is whole, or taken back. @param {string} id @returns {Line | null} what has left the page */
  stopGrowing(id) {
    const line = this.#growing.get(id);
    if (line === undefined) return null;
    this.#growing.delete(id);
    this.#remove(line);
    return line;
  }

  /** Show what the person said before it is on record. @param {import('./seat.js').Unrecorded} said @returns {Line} */
  showUnrecorded(said) {
    const line = new Line({
      seq: null,
      messageId: said.message_id,
      mine: true,
      speaker: '',
      text: said.text,
      ...(said.payload && said.payload.type !== 'answers' && { payload: said.payload }),
      quickReplies: [],
      at: said.at,
      quoted: this.line(said.reply_to),
    });
    this.#insert(line, this.#recordedLast());
    if (said.refused) this.refuse(said.message_id);
    this.#showMarks();
    return line;
  }

  /** It is on record, and nothing to be shown here. @param {number} seq @returns {boolean} whether it is new */
  pass(seq) {
    if (this.#recorded.has(seq)) return false;
    this.#note(seq, null);
    return true;
  }

  /** @param {string | undefined} messageId @param {number} seq @returns {boolean} whether that line was waited for */
  acknowledge(messageId, seq) {
    const line = this.#unrecorded(messageId);
    if (line === undefined) return false;
    if (this.#recorded.has(seq)) {
      this.#remove(line);
      return true;
    }
    line.record(seq);
    this.#place(line, seq);
    return true;
  }

  /** @param {string} messageId */
  refuse(messageId) {
    this.#unrecorded(messageId)?.refuse({
      onRetry: () => this.#choices.onRetry(messageId),
      onEdit: () => this.#choices.onEdit(messageId),
    });
    this.#showMarks();
  }

  /** Take back a line that is not on record. @param {string} messageId */
  takeBack(messageId) {
    const line = this.#unrecorded(messageId);
    if (line !== undefined) this.#remove(line);
  }

  /** @param {string} name @param {number} seq everything said here up to this line was read by `name` */
  readBy(name, seq) {
    this.#readers.set(name, Math.max(seq, this.#readers.get(name) ?? 0));
    this.#showMarks();
  }

  /** Another place: whoever reads there has not seen what was said before. */
  beginPlace() {
    this.#placeBegan = Math.max(0, ...this.#recorded.keys());
    this.#readers.clear();
  }

  /** Forget the record. What the person said and is not on record stays. */
  forgetRecord() {
    for (const line of this.#recorded.values()) line?.element.remove();
    this.#recorded.clear();
    this.#lines = this.#lines.filter((line) => line.seq === null);
    this.#complete = 0;
    this.#placeBegan = 0;
    this.#readers.clear();
  }

  /** @param {string | undefined} messageId */
  #unrecorded(messageId) {
    return this.#lines.find((line) => line.seq === null && line.messageId === messageId);
  }

  /** @param {number} seq @param {Line | null} line */
  #note(seq, line) {
    this.#recorded.set(seq, line);
    while (this.#recorded.has(this.#complete + 1)) this.#complete += 1;
  }

  /** @param {Line} line @param {number} seq */
  #place(line, seq) {
    this.#note(seq, line);
    const now = this.#lines.indexOf(line);
    if (now >= 0) this.#lines.splice(now, 1);
    this.#insert(line, this.#rightPlace(seq), now);
    this.#showMarks();
  }

  /** Before the next line on record; without one at the end, but before what is still on its way. @param {number} seq */
  #rightPlace(seq) {
    const later = this.#lines.findIndex((line) => line.seq !== null && line.seq > seq);
    if (later >= 0) return later;
    let place = this.#recordedLast();
    while (place > 0 && this.#lines[place - 1].state === 'pending') place -= 1;
    return place;
  }

  /** Where the line stands that is recorded last: what is still growing will be on record after it. */
  #recordedLast() {
    let place = this.#lines.length;
    while (place > 0 && this.#lines[place - 1].state === 'growing') place -= 1;
    return place;
  }

  /** @param {Line} line @param {number} place @param {number} [now] */
  #insert(line, place, now = -1) {
    this.#lines.splice(place, 0, line);
    // An element that is where it belongs is left alone: a screen reader would read it out again.
    if (place !== now) this.#container.insertBefore(line.element, this.#lines[place + 1]?.element ?? null);
    this.#regroupAt(place);
  }

  /** @param {Line} line */
  #remove(line) {
    const place = this.#lines.indexOf(line);
    this.#lines.splice(place, 1);
    line.element.remove();
    this.#regroupAt(place);
    this.#showMarks();
  }

  /** @param {number} place */
  #regroupAt(place) {
    this.#lines[place]?.follow(this.#lines[place - 1]);
    this.#lines[place + 1]?.follow(this.#lines[place]);
  }

  /** How far own lines have come is written at each of them, but shown only at the newest and the newest read. */
  #showMarks() {
    if (this.#readers.size > 0) this.#lines.forEach((line) => this.#markRead(line));
    for (const line of this.#marked) line.element.removeAttribute('data-marked');
    const newest = this.#lines.findLast((line) => line.mine);
    const newestRead = this.#lines.findLast((line) => line.state === 'read');
    this.#marked = [newest, newestRead].filter((line) => line !== undefined);
    for (const line of this.#marked) line.element.setAttribute('data-marked', '');
  }

  /** @param {Line} line */
  #markRead(line) {
    const own = line.seq;
    if (!line.mine || own === null || own <= this.#placeBegan) return;
    const names = [...this.#readers].filter(([, seq]) => own <= seq).map(([name]) => name);
    if (names.length > 0) line.readBy(names);
  }
}

/** The name that people see above a line. @param {import('./protocol.js').MessageFrame} frame @returns {string} */
export function speakerOf(frame) {
  return frame.persona?.name ?? frame.id;
}

/** What is attached to a line; a form is no attachment, and is shown in its place. @param {import('./protocol.js').MessageFrame} frame */
function attached({ payload }) {
  return payload === undefined || 'form' in payload ? undefined : payload;
}

/** What a line says here: of a wish to finish the page names its button. @param {import('./protocol.js').MessageFrame} frame */
function inWordsOfPage({ text, markup, finish_wish: who }) {
  return who === undefined ? { text, markup } : { text: words.finishWish(who) };
}
