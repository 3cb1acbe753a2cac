import { words } from './words.js';

const KEY = 'parleyrun:sound';
const QUIET_BETWEEN_MS = 1_500;
/** @type {Record<'found' | 'message', number[]>} in hertz */
const TONES = { found: [523, 784], message: [660] };
const TONE_SECONDS = 0.16;
const LOUDNESS = 0.08;

/**
 * Tells somebody who looks elsewhere that something has come: by the title of the tab, and by a short sound.
 *
 * A browser lets a page make sounds only once somebody has touched it.
 */
export class Bell {
  #title = document.title;
  #unread = 0;
  #found = false;
  #on;
  #button;
  /** @type {AudioContext | null} */
  #audio = null;
  #rangAt = -Infinity;

  /** @param {HTMLButtonElement} button switches the sound off and on */
  constructor(button) {
    this.#button = button;
    this.#on = chosen() ?? !matchMedia('(prefers-reduced-motion: reduce)').matches;
    button.onclick = () => this.#switch(!this.#on);
    this.#show();
    const touched = () => this.#wake();
    for (const event of ['pointerdown', 'keydown']) document.addEventListener(event, touched, { passive: true });
    addEventListener('focus', () => this.#looked());
    document.addEventListener('visibilitychange', () => this.#looked());
  }

  get title() {
    return this.#title;
  }

  set title(title) {
    this.#title = title;
    this.#show();
  }

  /** A line has come. */
  message() {
    if (document.visibilityState === 'visible') return;
    this.#unread += 1;
    this.#show();
    this.#ring('message');
  }

  /** Somebody who waited is in a conversation now. */
  found() {
    if (document.visibilityState === 'visible' && document.hasFocus()) return;
    this.#found = true;
    this.#show();
    this.#ring('found');
  }

  #looked() {
    if (document.visibilityState !== 'visible') return;
    this.#unread = 0;
    this.#found = false;
    this.#show();
  }

  #show() {
    const news = [this.#unread > 0 ? `(${this.#unread})` : '', this.#found ? `${words.partnerFound} ·` : ''];
    document.title = [...news, this.#title].filter(Boolean).join(' ');
    this.#button.ariaPressed = String(this.#on);
  }

  /** @param {boolean} on */
  #switch(on) {
    this.#on = on;
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off');
    } catch (problem) {
      console.warn('This browser cannot remember whether sounds are wanted:', problem);
    }
    this.#show();
    this.#wake();
    if (on) this.#ring('message');
  }

  #wake() {
    if (!this.#on) return;
    this.#audio ??= new AudioContext();
    if (this.#audio.state === 'suspended') this.#audio.resume();
  }

  /** @param {keyof typeof TONES} why */
  #ring(why) {
    const audio = this.#audio;
    if (!this.#on || audio === null || Date.now() - this.#rangAt < QUIET_BETWEEN_MS) return;
    this.#rangAt = Date.now();
    TONES[why].forEach((hertz, place) => {
      const at = audio.currentTime + place * TONE_SECONDS;
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(LOUDNESS, at);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + TONE_SECONDS * 2);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + TONE_SECONDS * 2);
    });
  }
}

/** @returns {boolean | null} what this person has chosen before */
function chosen() {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? null : kept === 'on';
  } catch {
    return null;
  }
}
