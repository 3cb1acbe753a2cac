import { element, withLinks } from './content.js';
import { controlOf } from './form_controls.js';
import { words } from './words.js';

const CLEARED = ['choice', 'scale', 'yes_no', 'slider', 'rank', 'matrix'];

/** One question of a form, or something to read in it: its words, its control, and what is wrong with its answer. */
export class Question {
  #control;
  #error = element('p', 'error');
  #clear = element('button', 'quiet clear', words.form.clear);
  #known = 'null';
  #seen = false;
  /** @type {{shown?: number, touched?: number, changed?: number}} when it was, in milliseconds since 1970 */
  times = {};

  /**
   * @param {import('./protocol.js').Field} field
   * @param {string} id of its own on the page
   * @param {() => void} onChange the person has answered something else
   */
  constructor(field, id, onChange) {
    this.field = field;
    this.asks = field.kind !== 'info';
    this.#control = controlOf(field, id);
    const { input, radios } = this.#control;
    this.element = element(input || !this.asks ? 'div' : 'fieldset', 'question');
    this.element.dataset.name = field.name;
    const described = input ?? this.element;
    if (radios) this.element.role = 'radiogroup';
    this.#error.id = `${id}-error`;
    this.#clear.type = 'button';
    this.#clear.hidden = true;
    const help = element('div', 'help');
    help.id = `${id}-help`;
    help.dir = 'auto';
    help.append(...withLinks([field.help, field.example && words.form.example(field.example)].filter(Boolean).join('\n')));
    if (field.ask) this.element.append(this.#head(id));
    if (help.textContent) this.element.append(help);
    this.element.append(this.#error, this.#control.element, this.#clear);
    if (!this.asks) return;
    described.setAttribute('aria-describedby', `${help.textContent ? `${help.id} ` : ''}${this.#error.id}`);
    if (input || radios) described.setAttribute('aria-required', String(field.required));
    for (const event of ['input', 'change', 'click']) {
      this.element.addEventListener(event, () => this.#changed(onChange));
    }
    this.#clear.addEventListener('click', () => {
      this.#control.write(null);
      this.focus();
    });
  }

  /** @returns {import('./protocol.js').Answer} null where there is none */
  get answer() {
    return this.#control.read();
  }

  /** @param {import('./protocol.js').Answer} answer */
  write(answer) {
    this.#control.write(answer);
    this.#known = JSON.stringify(this.answer);
    this.#offerToClear();
  }

  /** What tests of its answer are held against: of a number that was typed, the number. @returns {import('./protocol.js').Answer} */
  get compared() {
    const { kind, min, max } = this.field;
    const { answer } = this;
    if (kind !== 'number' || answer === null) return answer;
    const number = Number(String(answer).replace(/[,٫]/u, '.').replace('−', '-'));
    return number >= (min ?? -Infinity) && number <= (max ?? Infinity) ? number : null;
  }

  /** @param {boolean} asked by what was answered before @param {boolean} seen whether the person can see it now */
  show(asked, seen) {
    this.element.hidden = !asked;
    if (seen && !this.#seen) this.times.shown = Date.now();
    this.#seen ||= seen;
  }

  /** @param {string} text what is wrong; nothing where all is well */
  complain(text) {
    this.#error.textContent = text;
    this.element.toggleAttribute('data-wrong', text !== '');
    const parts = Array.from(this.element.querySelectorAll('input, select, textarea'));
    for (const part of this.#control.radios ? [this.element] : parts) {
      part.setAttribute('aria-invalid', String(text !== ''));
    }
  }

  /** Nobody can answer it any more. */
  settle() {
    this.#clear.hidden = true;
    this.element.toggleAttribute('data-settled', true);
    for (const part of this.element.querySelectorAll('input, select, textarea, button')) part.toggleAttribute('disabled', true);
  }

  focus() {
    const parts = this.element.querySelectorAll('input, select, textarea, button:not(.clear)');
    const usable = Array.from(parts).filter((part) => part instanceof HTMLElement && part.matches(':enabled'));
    const open = usable.find((part) => part.parentElement?.closest('.row:not(:has(:checked))')) ?? usable[0];
    if (open instanceof HTMLElement) open.focus();
  }

  /** @param {string} id */
  #head(id) {
    const head = element(this.#control.input ? 'label' : this.asks ? 'legend' : 'h3', 'ask');
    if (head instanceof HTMLLabelElement) head.htmlFor = id;
    const asked = element('span', '', this.field.ask);
    asked.dir = 'auto';
    head.append(asked);
    if (this.asks && this.field.required) {
      const star = element('span', 'star', ' *');
      star.setAttribute('aria-hidden', 'true');
      head.append(star);
    }
    return head;
  }

  /** @param {() => void} onChange */
  #changed(onChange) {
    this.times.touched ??= Date.now();
    const now = JSON.stringify(this.answer);
    if (now === this.#known) return;
    this.#known = now;
    this.times.changed = Date.now();
    this.complain('');
    this.#offerToClear();
    onChange();
  }

  #offerToClear() {
    const { required, kind } = this.field;
    this.#clear.hidden = required || this.#known === 'null' || !CLEARED.includes(kind);
  }
}
