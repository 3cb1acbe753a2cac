/** Which line the person is about to reply to: it stands above the field until it is sent, or taken back. */
export class Replying {
  #elements;
  #input;
  #onChange;
  /** @type {import('./line.js').Line | null} */
  #line = null;

  /**
   * @param {{box: HTMLElement, name: HTMLElement, text: HTMLElement, remove: HTMLButtonElement}} elements
   * @param {HTMLTextAreaElement} input where the reply is written
   * @param {(seq: number | null) => void} onChange told of the line's number
   */
  constructor(elements, input, onChange) {
    this.#elements = elements;
    this.#input = input;
    this.#onChange = onChange;
    elements.remove.addEventListener('click', () => {
      this.to(null);
      input.focus({ preventScroll: true });
    });
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) this.to(null);
    });
  }

  /** @param {import('./line.js').Line | null | undefined} line null for none */
  to(line) {
    this.#line = line ?? null;
    this.#onChange(this.#line?.seq ?? null);
    const { box, name, text } = this.#elements;
    box.hidden = this.#line === null;
    name.textContent = this.#line?.asRepliedTo ?? '';
    text.textContent = this.#line?.words ?? '';
    if (this.#line === null) this.#input.removeAttribute('aria-describedby');
    else this.#input.setAttribute('aria-describedby', `${name.id} ${text.id}`);
  }

  /** What a message that leaves the field now replies to. @returns {number | undefined} */
  take() {
    const seq = this.#line?.seq ?? undefined;
    this.to(null);
    return seq;
  }
}
