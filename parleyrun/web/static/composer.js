import { element } from './content.js';
import { words } from './words.js';

const TYPING_REPEATED_MS = 5_000;
const TYPING_PAUSE_MS = 4_000;

/** Where the person writes: the text field, and the answers that are suggested. */
export class Composer {
  #form;
  #input;
  #suggestions;
  #more;
  #onSay;
  #onTyping;
  #onDraft;
  #waits;
  #saidTypingAt = -Infinity;
  #pauseTimer = 0;

  /**
   * @param {{form: HTMLFormElement, input: HTMLTextAreaElement, suggestions: HTMLElement, more: HTMLElement}} elements
   *   `more` is shown while some of the suggestions are out of sight
   * @param {{onSay: (text: string, written: boolean) => void, onTyping: (on: boolean) => void, onDraft: (text: string) => void,
   *   waits: () => boolean}} handlers `waits` tells whether something is to be sent without words, too
   */
  constructor({ form, input, suggestions, more }, { onSay, onTyping, onDraft, waits }) {
    this.#form = form;
    this.#input = input;
    this.#suggestions = suggestions;
    this.#more = more;
    this.#onSay = onSay;
    this.#onTyping = onTyping;
    this.#onDraft = onDraft;
    this.#waits = waits;
    form.addEventListener('submit', (event) => this.#submit(event));
    input.addEventListener('keydown', (event) => this.#key(event));
    input.addEventListener('input', () => this.#edited());
    more.addEventListener('click', () => this.#showMore());
    suggestions.addEventListener('scroll', () => this.#countHidden(), { passive: true });
    new ResizeObserver(() => this.#countHidden()).observe(suggestions);
    // The button must not take the focus, or a phone closes its keyboard after each message.
    form.querySelector('[type="submit"]')?.addEventListener('mousedown', (event) => event.preventDefault());
  }

  /** @param {string[]} texts */
  suggest(texts) {
    const shown = Array.from(this.#suggestions.children, (button) => button.textContent);
    if (JSON.stringify(shown) === JSON.stringify(texts)) return;
    const hadFocus = this.#suggestions.contains(document.activeElement);
    this.#suggestions.replaceChildren(...texts.map((text) => this.#suggestion(text)));
    this.#suggestions.hidden = texts.length === 0;
    this.#suggestions.classList.remove('opened');
    this.#suggestions.scrollTop = 0;
    this.#countHidden();
    if (hadFocus) this.focus();
  }

  /** Write on from here. On a touch screen the field is left alone, for its keyboard would cover the conversation. */
  focus() {
    if (matchMedia('(pointer: coarse)').matches) return;
    this.#input.focus({ preventScroll: true });
  }

  /** Put `text` back into the field, after what is there. @param {string} text */
  restore(text) {
    const there = this.#input.value;
    this.#input.value = there.trim() === '' ? text : `${there}\n${text}`;
    this.#input.focus();
    this.#changed();
  }

  /** What was being written when the page was last left. @param {string} text */
  resume(text) {
    this.#input.value = text;
    this.#grow();
  }

  /** @param {boolean} open whether anything can be said */
  setOpen(open) {
    if (!open) this.#stopTyping();
    this.#form.hidden = !open;
  }

  /** @param {string} text */
  #suggestion(text) {
    const button = element('button', 'quick-reply', text);
    button.type = 'button';
    button.dir = 'auto';
    button.addEventListener('click', () => this.#onSay(text, false));
    return button;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While an input method composes a word, Enter chooses that word (229 is how Safari says so).
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const text = this.#input.value.trimEnd();
    if (text.trim() === '' && !this.#waits()) return;
    this.#input.value = '';
    this.#changed();
    this.#stopTyping();
    this.#onSay(text, true);
  }

  #changed() {
    this.#onDraft(this.#input.value);
    this.#grow();
  }

  /** The first time the whole of the room for them is taken; then they are scrolled. */
  #showMore() {
    const { classList, clientHeight } = this.#suggestions;
    if (classList.contains('opened')) this.#suggestions.scrollBy({ top: clientHeight * 0.8 });
    classList.add('opened');
    this.#countHidden();
  }

  /** Say how many of the suggestions are out of sight. */
  #countHidden() {
    const seen = this.#suggestions.getBoundingClientRect();
    const leftward = getComputedStyle(this.#suggestions).direction === 'rtl';
    const hidden = Array.from(this.#suggestions.children).filter((button) => {
      const { bottom, left, right } = button.getBoundingClientRect();
      return bottom > seen.bottom + 1 || (leftward ? left < seen.left - 1 : right > seen.right + 1);
    }).length;
    this.#more.hidden = hidden === 0;
    this.#more.textContent = hidden === 0 ? '' : words.moreAnswers(hidden);
    this.#suggestions.classList.toggle('goes-on', hidden > 0);
  }

  #edited() {
    this.#changed();
    if (this.#input.value.trim() === '') {
      this.#stopTyping();
      return;
    }
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => this.#stopTyping(), TYPING_PAUSE_MS);
    if (Date.now() - this.#saidTypingAt < TYPING_REPEATED_MS) return;
    this.#saidTypingAt = Date.now();
    this.#onTyping(true);
  }

  #stopTyping() {
    clearTimeout(this.#pauseTimer);
    if (this.#saidTypingAt === -Infinity) return;
    this.#saidTypingAt = -Infinity;
    this.#onTyping(false);
  }

  #grow() {
    this.#input.style.height = 'auto';
    const borders = this.#input.offsetHeight - this.#input.clientHeight;
    this.#input.style.height = `${this.#input.scrollHeight + borders}px`;
  }
}
