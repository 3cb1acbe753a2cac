import { attachmentElement, deedInWords, element, isWebAddress, textElement } from './content.js';
import { markupElement } from './markup.js';
import { momentInWords, words } from './words.js';

const COLOURS = 10;
const FINISH_WORD = '/finish';
const QUOTED_CHARACTERS = 160;
const MARKS = { pending: words.sending, sent: words.sent, read: '', refused: words.notSent, growing: '' };

/**
 * One line of the conversation on the page.
 *
 * Own lines begin without a number (`seq` is null) and pass through the states `pending` → `sent` → `read`, or
 * `refused`. What a bot is still saying is `growing`: a screen reader leaves that alone, and reads the line that takes
 * its place. The element says the same in `data-seq`, `data-mine`, `data-kind` and `data-state`.
 */
export class Line {
  /** @type {'pending' | 'sent' | 'read' | 'refused' | 'growing'} */
  #state = 'sent';
  /** @type {HTMLElement | null} */
  #mark = null;
  /** @type {HTMLElement | null} */
  #repair = null;

  /**
   * @typedef {{seq: number | null, messageId: string | null, mine: boolean, speaker: string, text: string,
   *   picture?: string, markup?: import('./protocol.js').Markup[], payload?: import('./protocol.js').Payload,
   *   quickReplies: string[], at: number, bot?: boolean, growing?: boolean, instructions?: boolean,
   *   quoted?: Line | null}} Said
   *   `at` is in seconds; a `bot` is one that people are told of; `quoted` is the line that it replies to.
   */

  /** @param {Said} said */
  constructor(said) {
    this.seq = said.seq;
    this.messageId = said.messageId;
    this.mine = said.mine;
    this.speaker = said.speaker;
    this.bot = said.bot ?? false;
    this.quickReplies = said.quickReplies;
    /** Who says it, for a quote. */
    this.name = said.mine ? words.you : said.speaker;
    /** What it says, on one line, for a quote. */
    this.words = wordsOf(said);
    /** @type {'own' | 'system' | 'other'} */
    this.kind = said.mine ? 'own' : said.speaker === '' ? 'system' : 'other';
    this.element = element('div', 'line');
    this.element.dataset.mine = String(said.mine);
    this.element.dataset.kind = this.kind;
    this.element.toggleAttribute('data-instructions', said.instructions ?? false);
    this.#fill(said);
    if (said.mine) this.state = said.seq === null ? 'pending' : 'sent';
    if (said.seq !== null) this.element.dataset.seq = String(said.seq);
    if (said.growing) this.#begin();
  }

  /** How a reply to it is announced. */
  get asRepliedTo() {
    return this.mine ? words.reply : words.replyTo(this.name);
  }

  get state() {
    return this.#state;
  }

  set state(state) {
    this.#state = state;
    this.element.dataset.state = state;
    if (this.#mark !== null) this.#mark.textContent = MARKS[state];
    if (state !== 'refused') this.#repair?.remove();
  }

  /** @param {string} text all the words so far */
  grow(text) {
    const shown = this.element.querySelector('.text')?.firstChild;
    if (!(shown instanceof Text)) return;
    // What is there already is left alone: somebody may have marked a part of it.
    if (text.startsWith(shown.data)) shown.appendData(text.slice(shown.length));
    else shown.data = text;
  }

  /** @param {number} seq its number in the log */
  record(seq) {
    this.seq = seq;
    this.element.dataset.seq = String(seq);
    this.state = 'sent';
  }

  /** @param {string[]} names who has read it */
  readBy(names) {
    this.state = 'read';
    if (this.#mark !== null) this.#mark.textContent = words.readBy(names);
  }

  /** @param {{onRetry: () => void, onEdit: () => void}} choices what the person can do about it */
  refuse({ onRetry, onEdit }) {
    this.state = 'refused';
    this.#repair?.remove();
    this.#repair = element('span', 'repair');
    this.#repair.append(button(words.tryAgain, onRetry), button(words.edit, onEdit));
    this.#mark?.after(this.#repair);
  }

  /** Show something beside what is said. @param {HTMLElement} button */
  addBeside(button) {
    this.element.querySelector('.beside')?.append(button);
  }

  /** Show something below what is said. @param {HTMLElement} below */
  addBelow(below) {
    const body = this.element.querySelector('.body');
    body?.insertBefore(below, body.querySelector('.foot'));
  }

  /** Be looked at: somebody was led here. */
  point() {
    this.element.tabIndex = -1;
    this.element.scrollIntoView({ block: 'center' });
    this.element.focus({ preventScroll: true });
    this.element.classList.remove('pointed');
    requestAnimationFrame(() => this.element.classList.add('pointed'));
  }

  /** Lines of one speaker in a row stand together, under one name. @param {Line | undefined} before */
  follow(before) {
    const together = before?.kind === this.kind && before.speaker === this.speaker && before.bot === this.bot;
    this.element.toggleAttribute('data-continues', together && this.kind !== 'system');
  }

  #begin() {
    this.state = 'growing';
    this.element.setAttribute('aria-busy', 'true');
    this.element.setAttribute('aria-live', 'off');
  }

  /** @param {Said} said */
  #fill(said) {
    if (this.kind === 'other') {
      this.element.append(avatarOf(said));
    }
    const body = element('div', 'body');
    body.append(this.#speakerElement(said));
    if (said.quoted) body.append(quoteElement(said.quoted));
    const beside = element('div', 'beside');
    beside.append(this.#bubbleElement(said));
    body.append(beside);
    if (said.quickReplies.length > 0) body.append(element('span', 'unseen', words.offers(said.quickReplies)));
    if (said.mine) {
      this.#mark = element('span', 'mark');
      const foot = element('div', 'foot');
      foot.append(this.#mark);
      body.append(foot);
    }
    this.element.append(body);
  }

  /** @param {Said} said */
  #speakerElement(said) {
    const name = { own: words.you, system: words.system, other: said.speaker }[this.kind];
    const speaker = element('span', this.kind === 'other' ? 'speaker' : 'speaker unseen', name);
    if (this.kind === 'other') speaker.dataset.colour = colourOf(said.speaker);
    // A name of another script must not pull the mark to its own side.
    if (this.bot) speaker.replaceChildren(element('bdi', '', name), ' ', element('span', 'bot', words.bot));
    return speaker;
  }

  /** @param {Said} said */
  #bubbleElement(said) {
    const bubble = element('div', 'bubble');
    if (said.at > 0) bubble.title = timeInWords(said.at);
    const deed = said.payload ? deedInWords(said.payload) : null;
    const text = (said.mine && said.text === FINISH_WORD ? words.finish : said.text) || deed;
    if (said.growing) bubble.append(growingElement(said.text));
    else if (said.markup) bubble.append(markupElement(said.markup));
    else if (text) bubble.append(textElement(text));
    if (said.payload && (deed === null || !text)) {
      bubble.append(attachmentElement(said.payload));
      bubble.classList.toggle('only-attachment', !said.text);
    }
    return bubble;
  }
}

/** What is replied to; it leads there. @param {Line} quoted */
function quoteElement(quoted) {
  const quote = element('button', 'quote');
  quote.type = 'button';
  const name = element('bdi', 'quoted-name', quoted.name);
  name.setAttribute('aria-hidden', 'true');
  const text = element('span', 'quoted-text', quoted.words);
  text.dir = 'auto';
  quote.append(element('span', 'unseen', quoted.asRepliedTo), name, ' ', text);
  quote.addEventListener('click', () => quoted.point());
  return quote;
}

/** @param {{text: string, payload?: import('./protocol.js').Payload}} said @returns {string} */
function wordsOf({ text, payload }) {
  const shown = text || (payload && (deedInWords(payload) || payload.alt || payload.name || words.attachment)) || '';
  const line = shown.replace(/\s+/gu, ' ').trim();
  return line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS - 1).trimEnd()}…` : line;
}

/** Words that more will follow, as they are: addresses and formatting are seen once all of it is there. @param {string} text */
function growingElement(text) {
  const box = element('div', 'text', text);
  box.dir = 'auto';
  return box;
}

/** @param {{speaker: string, picture?: string}} said */
function avatarOf({ speaker, picture }) {
  const avatar = element('span', 'avatar', initialOf(speaker));
  avatar.setAttribute('aria-hidden', 'true');
  avatar.dataset.colour = colourOf(speaker);
  if (picture !== undefined && isWebAddress(picture)) {
    const image = element('img', '');
    image.alt = '';
    image.addEventListener('error', () => image.remove(), { once: true });
    image.src = picture;
    avatar.append(image);
  }
  return avatar;
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = element('button', 'quiet', text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

/** @param {string} name */
function initialOf(name) {
  return (Array.from(name.trim())[0] ?? '?').toLocaleUpperCase();
}

/** A speaker's colour, the same one on every page and every day (FNV-1a of the name). @param {string} name */
function colourOf(name) {
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return String((hash >>> 8) % COLOURS);
}

/** @param {number} seconds */
function timeInWords(seconds) {
  const time = new Date(seconds * 1000);
  const today = time.toDateString() === new Date().toDateString();
  return momentInWords(time, !today);
}
