import { words } from './words.js';

const AT_THE_END_PX = 48;

/** Keeps the newest line in view for who is at the end, and leaves those alone who read further up. */
export class Follower {
  #scroller;
  #button;
  #following = true;
  #top = 0;
  #unseen = 0;

  /** @param {HTMLElement} scroller @param {HTMLElement} content @param {HTMLButtonElement} button leads to the end */
  constructor(scroller, content, button) {
    this.#scroller = scroller;
    this.#button = button;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    button.addEventListener('click', () => {
      this.toEnd();
      scroller.focus({ preventScroll: true });
    });
    // Pictures that load and keyboards that open change what fits, without anybody having scrolled.
    const sizes = new ResizeObserver(() => this.#following && this.toEnd());
    sizes.observe(content);
    sizes.observe(scroller);
  }

  /**
   * A line was added.
   * @param {{mine: boolean, ofMany: boolean}} line one of many is followed once all are laid out, which is far cheaper
   */
  added({ mine, ofMany }) {
    if (this.#following && ofMany) return;
    if (mine || this.#following) {
      this.toEnd();
      return;
    }
    this.#unseen += 1;
    this.#showButton();
  }

  toEnd() {
    this.#following = true;
    this.#unseen = 0;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#showButton();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const atTheEnd = scrollHeight - scrollTop - clientHeight <= AT_THE_END_PX;
    // Only going up is leaving: a line that has just been added also makes the end further away.
    this.#following = atTheEnd || (this.#following && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (atTheEnd) this.#unseen = 0;
    this.#showButton();
  }

  #showButton() {
    this.#button.hidden = this.#unseen === 0;
    if (this.#unseen > 0) this.#button.textContent = words.newMessages(this.#unseen);
  }
}
