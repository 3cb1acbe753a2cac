import { SUBPROTOCOL } from './protocol.js';

const ANSWER_WITHIN_MS = 20_000;
const STEADY_AFTER_MS = 10_000;
const BRISK = { first_ms: 500, longest_ms: 20_000 };
const GENTLE = { first_ms: 10_000, longest_ms: 60_000 };

/**
 * A websocket that is opened again, ever less often, for as long as it is wanted.
 *
 * It is `ready` once the server has answered the session frame; only then can anything else be sent.
 */
export class Connection {
  #address;
  #handlers;
  /** @type {WebSocket | null} */
  #socket = null;
  #wanted = false;
  #ready = false;
  #pace = BRISK;
  #failures = 0;
  #openedAt = 0;
  #retryTimer = 0;
  #answerTimer = 0;

  /**
   * @param {string} address
   * @param {{greeting: () => import('./protocol.js').ClientFrame,
   *   onFrame: (frame: import('./protocol.js').ServerFrame) => void,
   *   onDown: (closeCode: number) => void}} handlers
   *   `greeting` makes the session frame; `onDown` is told of every loss, before another attempt is planned.
   */
  constructor(address, handlers) {
    this.#address = address;
    this.#handlers = handlers;
  }

  get ready() {
    return this.#ready;
  }

  open() {
    this.#wanted = true;
    this.#pace = BRISK;
    this.#failures = 0;
    this.#connect();
  }

  /** Let go, and stay away until `open()`. */
  close() {
    this.#wanted = false;
    this.#release();
  }

  /** Let go, then look now and then whether the service is there again, as long as somebody looks at the page. */
  closeForNow() {
    this.#wanted = true;
    this.#pace = GENTLE;
    this.#failures = 0;
    this.#release();
    this.#planRetry();
  }

  /** Do not wait for the next attempt: the network or the person has come back. */
  hurry() {
    if (this.#wanted && this.#socket === null) this.#connect();
  }

  /**
   * @param {import('./protocol.js').ClientFrame} frame
   * @param {{expectsAnswer?: boolean}} [how] with `expectsAnswer`, silence means that the connection is dead
   * @returns {boolean} whether it could be sent
   */
  send(frame, { expectsAnswer = false } = {}) {
    if (!this.#ready || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(frame));
    if (expectsAnswer) this.#expectAnswer();
    return true;
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#release();
    const socket = new WebSocket(this.#address, SUBPROTOCOL);
    this.#socket = socket;
    this.#openedAt = Date.now();
    this.#expectAnswer();
    socket.onopen = () => socket.send(JSON.stringify(this.#handlers.greeting()));
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = (event) => this.#lost(event.code);
  }

  /** @param {string} data */
  #heard(data) {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = 0;
    const frame = JSON.parse(data);
    if (frame.type === 'session') {
      this.#ready = true;
      this.#pace = BRISK;
    }
    this.#handlers.onFrame(frame);
  }

  /** @param {number} closeCode */
  #lost(closeCode) {
    const steady = this.#ready && Date.now() - this.#openedAt >= STEADY_AFTER_MS;
    this.#failures = steady ? 0 : this.#failures + 1;
    this.#release();
    this.#handlers.onDown(closeCode);
    if (this.#wanted && this.#socket === null) this.#planRetry();
  }

  #planRetry() {
    clearTimeout(this.#retryTimer);
    const doublings = Math.max(0, Math.min(this.#failures - 1, 16));
    const longest = Math.min(this.#pace.first_ms * 2 ** doublings, this.#pace.longest_ms);
    // Jitter, so that after a restart of the service not everybody knocks at the same moment.
    const delay = longest * (0.5 + Math.random() / 2);
    this.#retryTimer = setTimeout(() => {
      // A page nobody looks at would take a place in a service that was started again for others.
      if (this.#pace === GENTLE && document.visibilityState !== 'visible') this.#planRetry();
      else this.#connect();
    }, delay);
  }

  #expectAnswer() {
    if (this.#answerTimer !== 0) return;
    // A phone that changed networks keeps a socket that looks open and is not.
    this.#answerTimer = setTimeout(() => this.#lost(0), ANSWER_WITHIN_MS);
  }

  #release() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#answerTimer);
    this.#answerTimer = 0;
    this.#ready = false;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
