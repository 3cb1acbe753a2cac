import { SUBPROTOCOL } from './protocol.js';

const ANSWER_WITHIN_MS = 20_000;
/** A connection that has died without a word is noticed after these two together, and at once by `probe()`. */
const QUIET_FOR_MS = 15_000;
const PONG_WITHIN_MS = 8_000;
const PROBE_WITHIN_MS = 4_000;
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
  #everOpened = false;
  #openedAt = 0;
  #retryTimer = 0;
  #answerTimer = 0;
  #answerBy = Infinity;
  #quietTimer = 0;

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

  /** How often it was tried in vain, while it has never once been open. */
  get neverOpened() {
    return this.#everOpened ? 0 : this.#failures;
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

  /** The network or the person has come back: look at once whether the connection is alive, or open it. */
  probe() {
    if (this.#wanted && this.#socket === null) this.#connect();
    else this.#ping(PROBE_WITHIN_MS);
  }

  /**
   * @param {import('./protocol.js').ClientFrame} frame
   * @param {{expectsAnswer?: boolean}} [how] with `expectsAnswer`, silence means that the connection is dead
   * @returns {boolean} whether it could be sent
   */
  send(frame, { expectsAnswer = false } = {}) {
    if (!this.#ready || this.#socket === null) return false;
    this.#socket.send(JSON.stringify(frame));
    if (expectsAnswer) this.#expectAnswer(ANSWER_WITHIN_MS);
    return true;
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#release();
    const socket = new WebSocket(this.#address, SUBPROTOCOL);
    this.#socket = socket;
    this.#openedAt = Date.now();
    this.#expectAnswer(ANSWER_WITHIN_MS);
    socket.onopen = () => {
      this.#everOpened = true;
      socket.send(JSON.stringify(this.#handlers.greeting()));
    };
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = (event) => this.#lost(event.code);
  }

  /** @param {string} data */
  #heard(data) {
    this.#answered();
    const frame = JSON.parse(data);
    if (frame.type === 'session') {
      this.#ready = true;
      this.#pace = BRISK;
      // Tells the server, too, that this page answers when it is asked.
      this.#ping(PONG_WITHIN_MS);
    }
    this.#listenForSilence();
    if (frame.type === 'ping') this.send({ type: 'pong' });
    else if (frame.type !== 'pong') this.#handlers.onFrame(frame);
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

  /** @param {number} within_ms */
  #ping(within_ms) {
    if (this.send({ type: 'ping' })) this.#expectAnswer(within_ms);
  }

  #listenForSilence() {
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#ping(PONG_WITHIN_MS), QUIET_FOR_MS);
  }

  /** @param {number} within_ms */
  #expectAnswer(within_ms) {
    const by = Date.now() + within_ms;
    if (by >= this.#answerBy) return;
    clearTimeout(this.#answerTimer);
    this.#answerBy = by;
    // A phone that changed networks keeps a socket that looks open and is not, and so do proxies.
    this.#answerTimer = setTimeout(() => this.#lost(0), within_ms);
  }

  #answered() {
    clearTimeout(this.#answerTimer);
    this.#answerBy = Infinity;
  }

  #release() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#quietTimer);
    this.#answered();
    this.#ready = false;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
