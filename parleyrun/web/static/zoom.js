import { element } from './content.js';

/**
 * Have each picture shown as large as the screen once it is chosen; Escape, or a click anywhere, leads back to where
 * one was.
 *
 * @param {HTMLDialogElement} dialog
 */
export function enlargePictures(dialog) {
  dialog.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.querySelector('img')?.remove());
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('.zoom') : null;
    const small = button?.querySelector('img');
    if (small) show(dialog, small);
  });
}

/** @param {HTMLDialogElement} dialog @param {HTMLImageElement} small */
function show(dialog, { src, alt }) {
  const picture = element('img', '');
  picture.src = src;
  picture.alt = alt;
  dialog.append(picture);
  dialog.ariaLabel = alt;
  dialog.showModal();
}
