/** How far something has come in the log. Only the newest number is told, and not too often. */
export class Reach {
  #tell;
  #pace;
  #newest = 0;
  #told = 0;
  #timer = 0;

  /**
   * @param {(seq: number) => boolean} tell returns whether it could be told
   * @param {{gather_ms: number, pause_ms: number}} pace how long to wait for more before something is told, and
   *   how long after it before something is told again
   */
  constructor(tell, pace) {
    this.#tell = tell;
    this.#pace = pace;
  }

  /** @param {number} seq */
  upTo(seq) {
    this.#newest = Math.max(this.#newest, seq);
    this.#plan();
  }

  /** The connection is a new one: what was told may have been lost. */
  tellAgain() {
    this.#told = 0;
    this.#plan();
  }

  /** The log is another one. */
  forget() {
    this.#newest = 0;
    this.#told = 0;
  }

  #plan() {
    if (this.#newest > this.#told && this.#timer === 0) this.#wait(this.#pace.gather_ms);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#timer = setTimeout(() => this.#report(), ms);
  }

  #report() {
    this.#timer = 0;
    if (this.#newest <= this.#told || !this.#tell(this.#newest)) return;
    this.#told = this.#newest;
    this.#wait(this.#pace.pause_ms);
  }
}
