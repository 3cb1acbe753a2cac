import { element } from './content.js';

/** A picture as large as the screen; Escape, or a click anywhere, leads back to where one was. */
export class Zoom {
  #dialog;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    dialog.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.querySelector('img')?.remove());
    document.addEventListener('click', ({ target }) => {
      const button = target instanceof Element ? target.closest('.zoom') : null;
      const small = button?.querySelector('img');
      if (small) this.#show(small);
    });
  }

  /** @param {HTMLImageElement} small */
  #show({ src, alt }) {
    const picture = element('img', '');
    picture.src = src;
    picture.alt = alt;
    this.#dialog.append(picture);
    this.#dialog.ariaLabel = alt;
    this.#dialog.showModal();
  }
}
