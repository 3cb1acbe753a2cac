import { element } from './content.js';
import { duration } from './presence.js';
import { words } from './words.js';

const NEARLY_OVER_MS = 30_000;

/** What stands above a conversation: what it is called, who else is in it, its time, and the button to finish. */
export class TalkHeader {
  #boxes;
  #studyTitle = '';
  /** @type {import('./protocol.js').TalkFrame | null} */
  #shown = null;
  #timer = 0;

  /**
   * @param {{title: HTMLElement, partners: HTMLElement, time: HTMLElement, finish: HTMLButtonElement}} boxes
   * @param {(word: string) => void} onFinish
   */
  constructor(boxes, onFinish) {
    this.#boxes = boxes;
    boxes.finish.onclick = () => {
      boxes.finish.disabled = true;
      onFinish(this.#shown?.finish?.word ?? '');
    };
  }

  /** @param {import('./protocol.js').TalkFrame | null} frame null once the conversation is over */
  show(frame) {
    if (frame === null && this.#shown === null) return;
    const { title, partners, finish } = this.#boxes;
    if (this.#shown === null) this.#studyTitle = title.textContent ?? '';
    this.#shown = frame;
    document.body.toggleAttribute('data-talk', frame !== null);
    title.textContent = frame?.title || this.#studyTitle;
    partners.replaceChildren(...namesOf(frame?.partners ?? []));
    const state = frame?.finish;
    finish.hidden = state === undefined;
    finish.disabled = !state?.open || state.wanted;
    finish.ariaPressed = String(state?.wanted ?? false);
    finish.classList.toggle('wanted', (state?.wanted_by ?? []).length > 0);
    this.#count(frame?.seconds_left);
  }

  /** @param {number | undefined} seconds */
  #count(seconds) {
    clearInterval(this.#timer);
    const { time } = this.#boxes;
    const shown = /** @type {HTMLElement} */ (time.parentElement);
    shown.hidden = seconds === undefined;
    if (seconds === undefined) return;
    const until = Date.now() + seconds * 1000;
    const tick = () => {
      const left = Math.max(0, until - Date.now());
      time.textContent = duration(left + 999);
      shown.classList.toggle('nearly-over', left <= NEARLY_OVER_MS);
    };
    tick();
    this.#timer = setInterval(tick, 250);
  }
}

/** @param {{id: string, bot?: true}[]} partners */
function namesOf(partners) {
  if (partners.length === 0) return [];
  const numbered = words.listed(partners.map((_, place) => String(place)));
  const names = numbered.flatMap(({ type, value }) => {
    if (type !== 'element') return [value];
    const { id, bot } = partners[Number(value)];
    return [element('bdi', '', id), ...(bot ? ['\u00a0', element('span', 'bot', words.bot)] : [])];
  });
  return [' ', words.with[0], ...names, words.with[1] ?? ''];
}
