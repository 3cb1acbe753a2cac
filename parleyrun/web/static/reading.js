import { Reach } from './reach.js';

const PACE = { gather_ms: 200, pause_ms: 200 };

/** Watches which lines have really been on a visible screen, and tells the newest of them. */
export class Reading {
  #observer;
  /** @type {Set<HTMLElement>} */
  #inView = new Set();
  #reach;

  /** @param {HTMLElement} scroller @param {(seq: number) => boolean} tell returns whether it could be told */
  constructor(scroller, tell) {
    this.#reach = new Reach(tell, PACE);
    const options = { root: scroller, threshold: [0, 0.25, 0.5, 0.75, 1] };
    this.#observer = new IntersectionObserver((entries) => this.#changed(entries), options);
    document.addEventListener('visibilitychange', () => this.#look());
  }

  /** @param {HTMLElement} line with its number in `data-seq` */
  watch(line) {
    this.#observer.observe(line);
  }

  /** The connection is a new one: what was told may have been lost. */
  tellAgain() {
    this.#reach.tellAgain();
  }

  /** The lines watched so far are gone. */
  forget() {
    this.#observer.disconnect();
    this.#inView.clear();
    this.#reach.forget();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #changed(entries) {
    for (const entry of entries) {
      if (!(entry.target instanceof HTMLElement)) continue;
      // The end of a line counts, so that one taller than the screen can be read too.
      const endInView = entry.intersectionRect.bottom >= entry.boundingClientRect.bottom - 1;
      if (entry.isIntersecting && endInView) this.#inView.add(entry.target);
      else this.#inView.delete(entry.target);
    }
    this.#look();
  }

  #look() {
    if (document.visibilityState !== 'visible') return;
    for (const line of this.#inView) {
      this.#reach.upTo(Number(line.dataset.seq));
      this.#observer.unobserve(line);
    }
    this.#inView.clear();
  }
}
