import { words } from './words.js';

/**
 * Where the end of a visit is shown.
 * @typedef {{box: HTMLElement, title: HTMLElement, text: HTMLElement, code: HTMLElement, codeBox: HTMLElement,
 *   copy: HTMLButtonElement, copied: HTMLElement, goOn: HTMLAnchorElement, restart: HTMLButtonElement}} EndingParts
 */

/** The end of a visit: what is said, the completion code, and the way back to where the person came from. */
export class Ending {
  #parts;

  /** @param {EndingParts} parts @param {() => void} onRestart */
  constructor(parts, onRestart) {
    this.#parts = parts;
    parts.restart.addEventListener('click', onRestart);
    parts.copy.addEventListener('click', () => this.#copy());
  }

  /** @param {import('./protocol.js').EndedFrame} frame */
  show({ reason, text, again, code = '', link = '', panel = '' }) {
    const { box, title, text: sentence, code: codeShown, codeBox, copied, goOn, restart } = this.#parts;
    const said = words.ends[reason] ?? words.ends.goodbye;
    title.textContent = said.title;
    // What repeats the heading is left out: it is said once.
    sentence.textContent = text === '' || text.startsWith(said.title) ? said.text : text;
    codeShown.textContent = code;
    codeBox.hidden = code === '';
    copied.textContent = '';
    const leadsOn = isWebAddress(link);
    goOn.hidden = !leadsOn;
    if (leadsOn) goOn.href = link;
    goOn.textContent = panel === '' ? words.goOn : words.backTo(panel);
    restart.textContent = said.button;
    // Whoever is to go on elsewhere is shown that one way only.
    restart.hidden = again === false || leadsOn;
    restart.disabled = false;
    box.hidden = false;
    box.focus({ preventScroll: true });
  }

  hide() {
    this.#parts.box.hidden = true;
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.#parts.restart.disabled = busy;
  }

  async #copy() {
    const { code, copied } = this.#parts;
    copied.textContent = (await copyText(code)) ? words.copied : '';
  }
}

/** @param {string} link */
function isWebAddress(link) {
  try {
    return ['https:', 'http:'].includes(new URL(link).protocol);
  } catch {
    return false;
  }
}

/**
 * Copy what an element holds, and say whether that was possible; where it is not, the text is selected.
 * @param {HTMLElement} element
 */
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent ?? '');
    return true;
  } catch {
    // On a page over plain http there is no clipboard to ask for.
    getSelection()?.selectAllChildren(element);
    return document.execCommand('copy');
  }
}
