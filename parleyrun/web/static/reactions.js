import { element } from './content.js';
import { words } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const FACE = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5m6-.5v.5';
const ARROW = 'M9.5 6 4 11.5 9.5 17M4.5 11.5H15a5 5 0 0 1 5 5V18';

/**
 * What people think of lines, as chips below them, and the button beside each line to react and to reply.
 *
 * The server says what there is; a click only tells it what the person would like.
 */
export class Reactions {
  #log;
  #choices;
  /** @type {string[]} */
  #offered = [];
  #replies = false;
  #from = Infinity;
  /** @type {Map<number, import('./protocol.js').ReactionCount[]>} */
  #known = new Map();
  /** @type {{button: HTMLElement, row: HTMLElement} | null} what is open to be chosen from */
  #open = null;

  /**
   * @param {import('./log.js').Log} log
   * @param {{onReact: (seq: number, reaction: string, on: boolean) => void, onReply: (line: import('./line.js').Line) => void}} choices
   */
  constructor(log, choices) {
    this.#log = log;
    this.#choices = choices;
    document.addEventListener('pointerdown', ({ target }) => {
      const { button, row } = this.#open ?? {};
      if (target instanceof Node && !button?.contains(target) && !row?.contains(target)) this.#close();
    });
  }

  /** What may be done in the conversation. @param {import('./protocol.js').TalkFrame | null} frame null once it is over */
  follow(frame) {
    const { reactions = [], replies = false, from = Infinity } = frame ?? {};
    if (this.#from === from && this.#replies === replies && this.#offered.join() === reactions.join()) return;
    this.#offered = reactions;
    this.#replies = replies;
    this.#from = reactions.length > 0 || replies ? from : Infinity;
    this.#close();
    for (const line of this.#log.onRecord) this.dress(line);
  }

  /** @param {import('./protocol.js').ReactionsFrame} frame */
  show({ lines, whole }) {
    const changed = new Set(whole ? this.#known.keys() : []);
    if (whole) this.#known.clear();
    for (const { seq, reactions } of lines) {
      changed.add(seq);
      if (reactions.length > 0) this.#known.set(seq, reactions);
      else this.#known.delete(seq);
    }
    for (const seq of changed) this.dress(this.#log.line(seq));
  }

  /** Another person's log begins. */
  forget() {
    this.#known.clear();
    this.#close();
  }

  /** Give a line on record its chips and its button. @param {import('./line.js').Line | null} line */
  dress(line) {
    if (line === null || line.seq === null || line.kind === 'system') return;
    const may = line.seq >= this.#from;
    if (may === (line.element.querySelector('.about-line') === null)) this.#offer(line, may);
    this.#showChips(line, line.seq, may && this.#offered.length > 0);
  }

  /** @param {import('./line.js').Line} line @param {boolean} may */
  #offer(line, may) {
    if (!may) {
      line.element.querySelector('.about-line')?.remove();
      return;
    }
    const button = element('button', 'about-line');
    const label = this.#offered.length === 0 ? words.reply : this.#replies ? words.reactOrReply : words.react;
    button.type = 'button';
    button.title = label;
    button.setAttribute('aria-label', label);
    button.append(icon(this.#offered.length === 0 ? ARROW : FACE));
    if (this.#offered.length > 0) button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => {
      if (this.#offered.length === 0) this.#choices.onReply(line);
      else this.#toggle(line, button);
    });
    line.addBeside(button);
  }

  /** @param {import('./line.js').Line} line @param {HTMLElement} button */
  #toggle(line, button) {
    const wasOpen = this.#open?.button === button;
    this.#close();
    if (wasOpen) return;
    const row = element('div', 'choices');
    row.setAttribute('role', 'group');
    row.setAttribute('aria-label', button.title);
    row.setAttribute('aria-live', 'off');
    row.append(...this.#offered.map((reaction) => this.#choice(line, reaction)));
    if (this.#replies) {
      const reply = element('button', 'choice', words.reply);
      reply.classList.add('reply');
      reply.type = 'button';
      reply.prepend(icon(ARROW));
      reply.addEventListener('click', () => {
        this.#close();
        this.#choices.onReply(line);
      });
      row.append(reply);
    }
    row.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#close();
      button.focus();
    });
    line.addBelow(row);
    button.setAttribute('aria-expanded', 'true');
    line.element.setAttribute('data-opened', '');
    this.#open = { button, row };
    row.scrollIntoView({ block: 'nearest' });
    row.querySelector('button')?.focus({ preventScroll: true });
  }

  /** @param {import('./line.js').Line} line @param {string} reaction */
  #choice(line, reaction) {
    const seq = line.seq ?? 0;
    const mine = this.#known.get(seq)?.some(({ text, mine }) => mine && text === reaction) ?? false;
    const choice = element('button', 'choice', reaction);
    choice.type = 'button';
    choice.dir = 'auto';
    choice.setAttribute('aria-pressed', String(mine));
    choice.addEventListener('click', () => {
      const button = this.#open?.button;
      this.#close();
      button?.focus({ preventScroll: true });
      this.#choices.onReact(seq, reaction, !mine);
    });
    return choice;
  }

  #close() {
    if (this.#open === null) return;
    const { button, row } = this.#open;
    this.#open = null;
    button.setAttribute('aria-expanded', 'false');
    button.closest('.line')?.removeAttribute('data-opened');
    row.remove();
  }

  /** @param {import('./line.js').Line} line @param {number} seq @param {boolean} may */
  #showChips(line, seq, may) {
    // In the order in which they are offered, so that none changes its place under a finger.
    const place = (/** @type {string} */ text) => (this.#offered.indexOf(text) + 1 || Infinity);
    const known = [...(this.#known.get(seq) ?? [])].sort((one, other) => place(one.text) - place(other.text) || 0);
    const before = line.element.querySelector('.chips');
    const said = JSON.stringify([known, may]);
    if (known.length === 0 || (before instanceof HTMLElement && before.dataset.said === said)) {
      if (known.length === 0) before?.remove();
      return;
    }
    const focused = before?.contains(document.activeElement) ? document.activeElement?.textContent : null;
    const chips = element('div', 'chips');
    chips.dataset.said = said;
    chips.append(...known.map((one) => this.#chip(seq, one, may)));
    if (before) before.replaceWith(chips);
    else line.addBelow(chips);
    const reaction = focused?.replace(/\s\d+$/u, '');
    const again = Array.from(chips.children).find((chip) => chip.textContent?.replace(/\s\d+$/u, '') === reaction);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  /** @param {number} seq @param {import('./protocol.js').ReactionCount} one @param {boolean} may */
  #chip(seq, { text, count, mine }, may) {
    const chip = element(may ? 'button' : 'span', 'chip');
    chip.append(element('bdi', '', text), ` ${count}`);
    chip.toggleAttribute('data-own', mine);
    if (chip instanceof HTMLButtonElement) {
      chip.type = 'button';
      chip.setAttribute('aria-pressed', String(mine));
      chip.addEventListener('click', () => this.#choices.onReact(seq, text, !mine));
    }
    return chip;
  }
}

/** @param {string} path */
function icon(path) {
  const drawn = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'path');
  const look = { viewBox: '0 0 24 24', width: '18', height: '18', 'aria-hidden': 'true', focusable: 'false' };
  for (const [name, value] of Object.entries(look)) drawn.setAttribute(name, value);
  const stroke = { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': '1.8', 'stroke-linecap': 'round' };
  for (const [name, value] of Object.entries(stroke)) line.setAttribute(name, value);
  drawn.append(line);
  return drawn;
}
