import { element } from './content.js';
import { words } from './words.js';

const BACK_SHOWN_MS = 5_000;
const TYPING_LASTS_MS = 20_000;

/** @type {Record<string, string>} */
const PLACES = {
  door: words.atTheDoor,
  overworld: words.inTheLobby,
  onboarding: words.gettingReady,
  waiting: words.waiting,
  task: words.inConversation,
  afterwards: words.askedAfterwards,
};

/** Where the person is, and for how long they have been waiting. */
export class Place {
  #box;
  #name;
  #waited;
  /** @type {string | null} */
  #key = null;
  #timer = 0;

  /** @param {HTMLElement} box @param {HTMLElement} name @param {HTMLElement} waited */
  constructor(box, name, waited) {
    this.#box = box;
    this.#name = name;
    this.#waited = waited;
  }

  /** @param {import('./protocol.js').PlaceFrame} frame @returns {boolean} whether the person has moved here from another place */
  show(frame) {
    const key = JSON.stringify([frame.place, frame.task, frame.role]);
    const before = this.#key;
    this.#key = key;
    this.#box.dataset.place = frame.place;
    if (before !== key) this.#name.replaceChildren(...placeName(frame));
    this.#count(frame.place === 'waiting' ? Date.now() - frame.waited * 1000 : null);
    return before !== null && before !== key;
  }

  get isWaiting() {
    return this.#box.dataset.place === 'waiting';
  }

  get inConversation() {
    return this.#box.dataset.place === 'task';
  }

  /** The visit is over: there is no place any more. */
  clear() {
    this.#box.dataset.place = 'ended';
    this.#key = null;
    this.#name.replaceChildren();
    this.#count(null);
  }

  /** @param {number | null} since when the waiting began, in milliseconds */
  #count(since) {
    clearInterval(this.#timer);
    const show = () => (this.#waited.textContent = since === null ? '' : ` · ${duration(Date.now() - since)}`);
    show();
    if (since !== null) this.#timer = setInterval(show, 1000);
  }
}

/** @param {import('./protocol.js').PlaceFrame} frame */
function placeName({ place, role }) {
  if (place === 'task' && role) {
    const [before, after] = words.inConversationAs;
    const name = element('strong', '', role);
    name.dir = 'auto';
    return [element('span', 'as', before), name, after ?? ''];
  }
  return [PLACES[place] ?? place];
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = hours > 0 ? [hours, pad(minutes), pad(seconds % 60)] : [minutes, pad(seconds % 60)];
  return parts.join(':');
}

/** @param {number} number */
function pad(number) {
  return String(number).padStart(2, '0');
}

/** How the others are: away, back, silent, gone. */
export class Partners {
  #box;
  /** @type {Map<string, HTMLElement>} */
  #notes = new Map();

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /** @param {import('./protocol.js').PartnerFrame} frame */
  show({ id, state }) {
    this.#remove(id);
    const note = element('p', 'note');
    note.append(element('span', '', words[state](id || words.someone)));
    note.dataset.state = state;
    this.#notes.set(id, note);
    this.#box.append(note);
    if (state === 'back') setTimeout(() => this.#notes.get(id) === note && this.#remove(id), BACK_SHOWN_MS);
  }

  /** Who says something is there. @param {string} id */
  spoke(id) {
    if (['away', 'silent'].includes(this.#notes.get(id)?.dataset.state ?? '')) this.#remove(id);
  }

  clear() {
    this.#notes.clear();
    this.#box.replaceChildren();
  }

  /** @param {string} id */
  #remove(id) {
    this.#notes.get(id)?.remove();
    this.#notes.delete(id);
  }
}

/** Who is typing. A word that somebody stopped may be lost, so it is believed for 20 seconds only. */
export class Typists {
  #box;
  #words;
  /** @type {Map<string, number>} name → timer */
  #timers = new Map();

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
    this.#words = element('span', '');
    const dots = element('span', 'dots');
    dots.setAttribute('aria-hidden', 'true');
    dots.append(element('i', ''), element('i', ''), element('i', ''));
    box.append(this.#words, dots);
    this.#show();
  }

  /** @param {import('./protocol.js').TypingFrame} frame */
  show({ id, on }) {
    this.stopped(id);
    if (on) this.#timers.set(id, setTimeout(() => this.stopped(id), TYPING_LASTS_MS));
    this.#show();
  }

  /** @param {string} id */
  stopped(id) {
    clearTimeout(this.#timers.get(id));
    if (this.#timers.delete(id)) this.#show();
  }

  clear() {
    for (const id of [...this.#timers.keys()]) this.stopped(id);
  }

  #show() {
    const names = [...this.#timers.keys()];
    this.#words.textContent = names.length > 0 ? words.typing(names) : '';
    this.#box.dataset.on = String(names.length > 0);
  }
}
