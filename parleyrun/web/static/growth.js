const STANDS_STILL_MS = 20_000;

/**
 * What bots are saying at this moment, as far as they have come.
 *
 * A word that it was taken back may be lost, so what does not grow any more is believed for 20 seconds only.
 */
export class Growth {
  #log;
  #follower;
  /** @type {Map<string, number>} who speaks → timer */
  #timers = new Map();

  /** @param {import('./log.js').Log} log @param {import('./scroll.js').Follower} follower */
  constructor(log, follower) {
    this.#log = log;
    this.#follower = follower;
  }

  /** @param {import('./protocol.js').GrowingFrame} frame */
  show({ id, text }) {
    if (text === '') {
      this.#takeBack(id);
      return;
    }
    const line = this.#log.grow(id, text);
    if (line !== null) {
      line.element.classList.add('arriving');
      this.#follower.added({ element: line.element, mine: false, ofMany: false });
    }
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#takeBack(id), STANDS_STILL_MS));
  }

  /** @param {string} id @returns {boolean} whether that one is saying something */
  has(id) {
    return this.#timers.has(id);
  }

  /** The whole line stands there now. @param {string} id */
  done(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  clear() {
    for (const id of [...this.#timers.keys()]) this.#takeBack(id);
  }

  /** @param {string} id */
  #takeBack(id) {
    this.done(id);
    const line = this.#log.stopGrowing(id);
    if (line !== null) this.#follower.removed(line.element);
  }
}
