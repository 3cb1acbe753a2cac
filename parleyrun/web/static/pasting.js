/** What is pasted into the field: nothing where that is switched off, or how much, where the study wants to know. */
export class Pasting {
  /** @type {'allow' | 'block' | 'record'} */
  rule = 'allow';
  #input;
  #pasted = 0;
  #began = 0;

  /** @param {HTMLTextAreaElement} input @param {() => void} onBlocked told when somebody pastes in vain */
  constructor(input, onBlocked) {
    this.#input = input;
    input.addEventListener('beforeinput', (event) => {
      this.#began ||= Date.now();
      if (!/^insertFrom[PDY]/u.test(event.inputType)) return;
      if (this.rule === 'block') {
        event.preventDefault();
        onBlocked();
      } else this.#pasted += (event.data ?? event.dataTransfer?.getData('text/plain') ?? '').length;
    });
  }

  /** What is to be said of a message that has just left the field. @returns {{pasted?: number, typed_ms?: number}} */
  take() {
    // An answer that was suggested leaves the field as it is.
    if (this.#input.value !== '') return {};
    const taken = { pasted: this.#pasted, typed_ms: this.#began && Date.now() - this.#began };
    this.#pasted = this.#began = 0;
    return this.rule === 'record' ? taken : {};
  }
}
