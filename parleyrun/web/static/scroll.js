import { words } from './words.js';

const AT_THE_END_PX = 48;
const BREATHING_PX = 6;
/** What comes within this time after words of the study is read with them, as one text. */
const TOGETHER_MS = 2_000;

/**
 * Keeps the newest line in view for who is at the end, and leaves those alone who read further up.
 *
 * A line that is taller than the screen is shown from its beginning: that is where its reader begins. So are words of
 * the study with all that comes at once after them, as instructions and the first lines of a conversation do.
 */
export class Follower {
  #scroller;
  #button;
  #following = true;
  #top = 0;
  /** @type {Set<HTMLElement>} */
  #unseen = new Set();
  #goesOn = false;
  /** @type {HTMLElement | null} the newest line, while it may still grow and nobody has moved the screen */
  #newest = null;
  /** @type {HTMLElement | null} where those words of the study begin that came last */
  #begun = null;
  #begunAt = -Infinity;

  /** @param {HTMLElement} scroller @param {HTMLElement} content @param {HTMLButtonElement} button leads to the end */
  constructor(scroller, content, button) {
    this.#scroller = scroller;
    this.#button = button;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    button.addEventListener('click', () => {
      if (this.#unseen.size > 0) this.toEnd();
      else scroller.scrollBy({ top: scroller.clientHeight * 0.85 });
      scroller.focus({ preventScroll: true });
    });
    // Pictures that load and keyboards that open change what fits, without anybody having scrolled.
    const sizes = new ResizeObserver((changes) => this.#resized(changes.some(({ target }) => target === content)));
    sizes.observe(content);
    sizes.observe(scroller);
  }

  /**
   * A line was added.
   * @param {{element: HTMLElement, mine: boolean, ofMany: boolean}} line one of many is followed once all are laid
   *   out, which is far cheaper
   */
  added({ element, mine, ofMany }) {
    if (mine || ofMany) this.#begun = null;
    else if (Date.now() - this.#begunAt > TOGETHER_MS || this.#begun === null) {
      this.#begun = element.dataset.kind === 'system' ? element : null;
      this.#begunAt = Date.now();
    }
    if (this.#following) this.#newest = mine ? null : (this.#begun ?? element);
    if (this.#following && ofMany) return;
    if (mine) {
      this.toEnd();
      return;
    }
    if (this.#following && !this.#held) {
      this.#follow();
      return;
    }
    this.#unseen.add(element);
    this.#showButton();
  }

  /** A line took the place of another, whoever reads there goes on reading. @param {HTMLElement} before @param {HTMLElement} now */
  replaced(before, now) {
    if (this.#newest === before) this.#newest = now;
    if (this.#unseen.delete(before)) this.#unseen.add(now);
    if (this.#following) this.#follow();
  }

  /** A line was taken away. @param {HTMLElement} element */
  removed(element) {
    if (this.#newest === element) this.#newest = null;
    this.#unseen.delete(element);
    this.#showButton();
  }

  /** What somebody fills in does not move under their hands. */
  get #held() {
    return this.#scroller.querySelector('form:focus-within') !== null;
  }

  toEnd() {
    this.#following = true;
    this.#newest = null;
    this.#goesOn = false;
    this.#unseen.clear();
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#showButton();
  }

  #follow() {
    const newest = this.#newest;
    if (newest === null || this.#heightFrom(newest) <= this.#scroller.clientHeight) {
      this.toEnd();
      this.#newest = newest;
      return;
    }
    this.#following = false;
    this.#newest = null;
    // A form has a button at its end, and nothing is to stand on its questions.
    this.#goesOn = newest.querySelector('form') === null;
    this.#begun = null;
    const beginning = newest.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
    this.#scroller.scrollTop += beginning - BREATHING_PX;
    this.#top = this.#scroller.scrollTop;
    this.#showButton();
  }

  /** How much room it takes with all that stands below it. @param {HTMLElement} element */
  #heightFrom(element) {
    const last = element.parentElement?.lastElementChild ?? element;
    return last.getBoundingClientRect().bottom - element.getBoundingClientRect().top;
  }

  /** @param {boolean} contentToo false where only the screen got smaller or larger: what is read there stays */
  #resized(contentToo) {
    if (!this.#following || this.#held) return;
    if (contentToo) this.#follow();
    else this.toEnd();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const atTheEnd = scrollHeight - scrollTop - clientHeight <= AT_THE_END_PX;
    // Only going up is leaving: a line that has just been added also makes the end further away.
    this.#following = atTheEnd || (this.#following && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (atTheEnd) {
      this.#unseen.clear();
      this.#goesOn = false;
    }
    this.#showButton();
  }

  #showButton() {
    const unseen = this.#unseen.size;
    this.#button.hidden = unseen === 0 && !this.#goesOn;
    this.#button.textContent = unseen > 0 ? words.newMessages(unseen) : words.readOn;
  }
}
