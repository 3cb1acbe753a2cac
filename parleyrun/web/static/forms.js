import { FormView } from './form_view.js';

const GATHER_MS = 400;
/** Long texts go off less often while they are written: all of one is sent, and kept, each time. */
const GATHER_MS_A_CHARACTER = 10;
const GATHER_MS_MOST = 4_000;
const MOST_CHARACTERS = 6_000;

/**
 * The form that is open, and the answers on their way from it.
 *
 * What changes is gathered for a moment, then sent under an id of its own, as words are. While there is no connection
 * it waits here; what was sent and is not on record yet is kept by the seat.
 *
 * @typedef {import('./protocol.js').Answer} Answer
 */
export class Forms {
  #seat;
  #handlers;
  /** @type {FormView | null} */
  #view = null;
  /** @type {Set<string>} questions whose answers are to be sent */
  #changed = new Set();
  #timer = 0;

  /**
   * @param {import('./seat.js').Seat} seat
   * @param {{ready: () => boolean, send: (payload: import('./protocol.js').Answers) => void}} handlers `send` keeps
   *   and sends answers; `ready` says whether they would arrive
   */
  constructor(seat, handlers) {
    this.#seat = seat;
    this.#handlers = handlers;
    addEventListener('pagehide', () => this.#flush({ leaving: true }));
    document.addEventListener('visibilitychange', () => document.hidden && this.flush());
  }

  get open() {
    return this.#view !== null;
  }

  /** @param {import('./protocol.js').Form} form @param {HTMLElement} line where it stands */
  show(form, line) {
    this.#close(false);
    this.#view = new FormView(form, line, {
      onChange: (name) => this.#noteChange(name),
      onGo: (through) => this.#flush({ through }),
    });
    this.#takeUnsent();
  }

  focus() {
    this.#view?.focus();
  }

  /** Answers of this person are on record. @param {import('./protocol.js').Answers} payload */
  heard({ number, answers }) {
    if (number !== this.#view?.number) return;
    const own = Object.entries(answers).filter(([name]) => !this.#changed.has(name));
    this.#view.take(Object.fromEntries(own));
    this.#takeUnsent();
  }

  /**
   * What the server has made of the answers.
   * @param {import('./protocol.js').FormState} state @returns {boolean} whether the person was in the form, and it is over
   */
  judged({ number, status, page, settled = [], errors }) {
    if (number !== this.#view?.number) return false;
    if (status !== 'open') return this.#close(status === 'done');
    this.#view.settle(settled);
    this.#view.judge(page, errors);
    return false;
  }

  /** Answers were not taken: they go with the next ones. @param {import('./protocol.js').Answers} payload @param {string} text why */
  refused({ number, answers }, text) {
    if (number !== this.#view?.number) return;
    for (const name of Object.keys(answers)) this.#changed.add(name);
    this.#view.setBusy(false);
    this.#view.complain(text);
  }

  /** @param {boolean} paused whether nothing can be answered now */
  pause(paused) {
    this.#view?.pause(paused);
  }

  /** The record is another one. */
  forget() {
    this.#view = null;
    this.#changed.clear();
  }

  /** Send what has changed. */
  flush() {
    this.#flush({});
  }

  /** @param {boolean} sent @returns {boolean} whether the person was in it */
  #close(sent) {
    const hadFocus = this.#view?.hasFocus ?? false;
    this.#view?.close(sent);
    this.forget();
    return hadFocus;
  }

  #takeUnsent() {
    for (const { payload } of this.#seat.outbox) {
      if (payload?.type === 'answers' && payload.number === this.#view?.number) this.#view.take(payload.answers);
    }
  }

  /** @param {string} name */
  #noteChange(name) {
    this.#changed.add(name);
    clearTimeout(this.#timer);
    const { length } = JSON.stringify(this.#view?.answer(name) ?? null);
    this.#timer = setTimeout(() => this.flush(), GATHER_MS + Math.min(GATHER_MS_MOST, length * GATHER_MS_A_CHARACTER));
  }

  /** @param {{through?: number | null, leaving?: boolean}} how with `through` the person goes on; null: to the end */
  #flush({ through, leaving = false }) {
    clearTimeout(this.#timer);
    const goes = through !== undefined;
    if (this.#view === null || (!goes && (this.#changed.size === 0 || !(leaving || this.#handlers.ready())))) return;
    const { name: form, number } = this.#view;
    /** @type {Record<string, Answer>[]} */
    const parts = [{}];
    let length = 0;
    for (const name of this.#changed) {
      const answer = this.#view.answer(name);
      const its = JSON.stringify(answer).length;
      if (length > 0 && length + its > MOST_CHARACTERS) {
        parts.push({});
        length = 0;
      }
      length += its;
      parts[parts.length - 1][name] = answer;
    }
    this.#changed.clear();
    const times = this.#view.takeTimes();
    parts.forEach((answers, place) => {
      const last = place === parts.length - 1;
      this.#handlers.send({
        type: 'answers',
        form,
        number,
        answers,
        ...(last && { times }),
        ...(last && typeof through === 'number' && { page: through }),
        ...(last && through === null && { done: true }),
      });
    });
  }
}
