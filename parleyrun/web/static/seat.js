/**
 * What this tab must remember across a reload: the token of its seat, what was said but is not on record yet, and
 * what is being written, and to which line it replies.
 *
 * It lives in sessionStorage, so that each tab is a person of their own.
 *
 * @typedef {{message_id: string, text: string, at: number, refused: boolean, pasted?: number, typed_ms?: number, reply_to?: number | undefined,
 *   payload?: import('./protocol.js').Answers | import('./uploads.js').Upload, lost?: true}} Unrecorded
 *   A file is not remembered across a reload, as there is no room for it: what is left of it says that it is `lost`.
 */
export class Seat {
  #storage;
  #key;
  /** @type {string | null} */
  #token;
  /** @type {Unrecorded[]} */
  #outbox;
  #draft;
  /** @type {number | null} */
  #replyTo;

  /**
   * @param {Record<string, string>} entry how the person came. Coming by a different link in the same tab is
   *   coming as somebody else: what was remembered is dropped then.
   * @param {string} scope keeps pages at different paths of one host apart
   */
  constructor(entry, scope) {
    this.#storage = tabStorage();
    this.#key = `parleyrun:${scope}`;
    const kept = parse(this.#storage.getItem(this.#key));
    const sameWayIn = Object.keys(entry).length === 0 || JSON.stringify(entry) === JSON.stringify(kept.entry);
    this.entry = sameWayIn ? { ...kept.entry, ...entry } : entry;
    this.#token = sameWayIn ? (kept.token ?? null) : null;
    this.#outbox = sameWayIn ? (kept.outbox ?? []) : [];
    this.#draft = sameWayIn ? (kept.draft ?? '') : '';
    this.#replyTo = sameWayIn ? (kept.replyTo ?? null) : null;
  }

  get token() {
    return this.#token;
  }

  set token(token) {
    this.#token = token;
    this.#save();
  }

  get draft() {
    return this.#draft;
  }

  set draft(text) {
    if (text === this.#draft) return;
    this.#draft = text;
    this.#save();
  }

  /** The number of the line that what is being written replies to. */
  get replyTo() {
    return this.#replyTo;
  }

  set replyTo(seq) {
    if (seq === this.#replyTo) return;
    this.#replyTo = seq;
    this.#save();
  }

  /** What is not on record yet, oldest first. @returns {Unrecorded[]} */
  get outbox() {
    return [...this.#outbox];
  }

  /** Those of the outbox that are to be sent: a refused one waits for the person to decide. */
  get unsent() {
    return this.#outbox.filter((said) => !said.refused);
  }

  /** @param {string} messageId @returns {Unrecorded | undefined} */
  find(messageId) {
    return this.#outbox.find((said) => said.message_id === messageId);
  }

  /** @param {Unrecorded} said */
  keep(said) {
    this.#outbox.push(said);
    this.#save();
  }

  /** It is on record, or taken back. @param {string} messageId */
  drop(messageId) {
    this.#outbox = this.#outbox.filter((said) => said.message_id !== messageId);
    this.#save();
  }

  /** @param {string} messageId @param {boolean} refused */
  mark(messageId, refused) {
    const said = this.find(messageId);
    if (said === undefined) return;
    said.refused = refused;
    this.#save();
  }

  #save() {
    const { entry } = this;
    const outbox = this.#outbox.map(rememberable);
    const kept = { token: this.#token, entry, outbox, draft: this.#draft, replyTo: this.#replyTo };
    this.#storage.setItem(this.#key, JSON.stringify(kept));
  }
}

/** @param {Unrecorded} said @returns {Unrecorded} */
function rememberable({ payload, ...said }) {
  if (payload === undefined) return said;
  if (payload.type === 'answers') return { ...said, payload };
  return { ...said, text: said.text || payload.name, refused: true, lost: true };
}

/** @param {string | null} text @returns {{token?: string, entry?: Record<string, string>, outbox?: Unrecorded[], draft?: string, replyTo?: number | null}} */
function parse(text) {
  try {
    return JSON.parse(text ?? '{}') ?? {};
  } catch {
    return {};
  }
}

/** sessionStorage, or nothing that lasts where the browser forbids it or it is full: the page works all the same. */
function tabStorage() {
  return {
    /** @param {string} key */
    getItem(key) {
      try {
        return sessionStorage.getItem(key);
      } catch {
        return null;
      }
    },
    /** @param {string} key @param {string} value */
    setItem(key, value) {
      try {
        sessionStorage.setItem(key, value);
      } catch (problem) {
        console.warn('This tab cannot remember its seat across a reload:', problem);
      }
    },
  };
}
