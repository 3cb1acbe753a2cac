import { textElement } from './content.js';
import { markupElement } from './markup.js';

/** What a person's role is told to do: beside the conversation, or on a small screen behind a button. */
export class Instructions {
  #panel;
  #text;
  #button;
  #told = '';

  /** @param {HTMLElement} panel @param {HTMLElement} text @param {HTMLButtonElement} button */
  constructor(panel, text, button) {
    this.#panel = panel;
    this.#text = text;
    this.#button = button;
    button.onclick = () => this.#open(!panel.classList.contains('opened'));
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#open(false));
  }

  /** @param {{text: string, markup?: import('./protocol.js').Markup[]} | undefined} told */
  show(told) {
    this.#panel.hidden = this.#button.hidden = !told;
    document.body.toggleAttribute('data-pinned', Boolean(told));
    if (!told) this.#open(false);
    if (this.#told === (told?.text ?? '')) return;
    this.#told = told?.text ?? '';
    this.#text.replaceChildren(told?.markup ? markupElement(told.markup) : textElement(this.#told));
  }

  /** @param {boolean} open */
  #open(open) {
    this.#panel.classList.toggle('opened', open);
    this.#button.ariaExpanded = String(open);
  }
}
