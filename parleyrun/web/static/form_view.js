import { element } from './content.js';
import { proseOf, rowOf } from './form_controls.js';
import { Question } from './form_question.js';
import { words } from './words.js';

/**
 * @typedef {import('./protocol.js').Answer} Answer
 * @typedef {{box: HTMLElement, progress: HTMLElement, questions: Question[], said: boolean}} Page
 *   `said` tells whether it has words of its own.
 */

const ANSWER_WITHIN_MS = 10_000;

/** A form on the page: its pages one after the other, and of each only the questions that are asked. */
export class FormView {
  #form = element('form', 'form');
  #fault = element('p', 'error');
  #back = element('button', 'quiet', words.form.back);
  #go = element('button', 'go');
  #handlers;
  /** @type {Page[]} */
  #pages;
  #page = 0;
  #busy = false;
  #busyTimer = 0;

  /**
   * @param {import('./protocol.js').Form} form
   * @param {HTMLElement} line the line of the conversation that it stands in
   * @param {{onChange: (name: string) => void, onGo: (through: number | null) => void}} handlers `onGo` is told up to
   *   which page the person is done; null where they send it off
   */
  constructor(form, line, handlers) {
    this.number = form.number;
    this.name = form.name;
    this.title = form.title;
    this.#handlers = handlers;
    this.line = line;
    line.classList.add('asking');
    line.setAttribute('aria-live', 'off');
    this.#form.noValidate = true;
    this.#form.tabIndex = -1;
    const id = `form-${form.number}`;
    this.#pages = form.pages.map((page, place) => this.#pageOf(page, `${id}-${place}`));
    const title = element('h2', form.title ? '' : 'unseen', form.title || words.form.title);
    title.id = `${id}-title`;
    title.dir = 'auto';
    this.#form.setAttribute('aria-labelledby', title.id);
    this.#fault.setAttribute('role', 'alert');
    this.#form.append(title, ...(form.text ? [proseOf(form)] : []));
    if (this.#questions.some(({ asks, field }) => asks && field.required)) {
      const star = element('span', 'star', '* ');
      const note = element('p', 'note');
      note.append(star, words.form.required);
      this.#form.append(note);
    }
    this.#form.append(...this.#pages.map(({ box }) => box), this.#fault, this.#moves());
    line.replaceChildren(this.#form);
    this.take(form.answers);
    this.settle(form.settled);
    this.#turnTo(form.page - 1);
  }

  get #questions() {
    return this.#pages.flatMap(({ questions }) => questions);
  }

  /** Whether the person is in it with their keyboard. */
  get hasFocus() {
    return this.#form.contains(document.activeElement);
  }

  /** @param {Record<string, Answer>} answers that are known from elsewhere */
  take(answers) {
    for (const question of this.#questions) {
      if (Object.hasOwn(answers, question.field.name)) question.write(answers[question.field.name]);
    }
    this.#look();
  }

  /** @param {string} name @returns {Answer} what the server is to be told */
  answer(name) {
    const question = this.#questions.find(({ field }) => field.name === name);
    const none = question?.field.kind === 'choices' && question.field.min === 0 ? [] : null;
    return question?.answer ?? none;
  }

  /** When something was done with each question, since this was asked last. @returns {Record<string, Question['times']>} */
  takeTimes() {
    const dealtWith = this.#questions.filter(({ times }) => Object.keys(times).length > 0);
    const known = Object.fromEntries(dealtWith.map(({ field, times }) => [field.name, times]));
    for (const question of dealtWith) question.times = {};
    return known;
  }

  /** @param {string[]} names what cannot be answered any more */
  settle(names) {
    for (const question of this.#questions) if (names.includes(question.field.name)) question.settle();
  }

  /**
   * Show what the server has made of the answers.
   * @param {number} page where the person is, from 1 @param {Record<string, string>} errors
   */
  judge(page, errors) {
    const asked = this.#busy;
    this.setBusy(false);
    for (const question of this.#questions) {
      const said = Object.hasOwn(errors, question.field.name) ? errors[question.field.name] : '';
      if (asked || said) question.complain(said);
    }
    this.complain(errors[''] ?? '');
    const turns = page - 1 !== this.#page && (asked || Object.keys(errors).length === 0);
    if (turns) this.#turnTo(page - 1);
    if (!asked) return;
    const wrong = this.#pages[this.#page].questions.find(({ element: box }) => box.matches('[data-wrong]:not([hidden])'));
    if (wrong) wrong.focus();
    else if (turns) this.#toTop();
  }

  /** @param {string} text what is wrong with the whole of it */
  complain(text) {
    this.#fault.textContent = text;
  }

  focus() {
    this.#form.focus({ preventScroll: true });
  }

  /** @param {boolean} paused whether nothing can be answered now */
  pause(paused) {
    this.#form.inert = paused;
  }

  /** Nothing more is asked: leave a line that says so. @param {boolean} sent */
  close(sent) {
    const bubble = element('div', 'bubble');
    const said = element('div', 'text', [this.title, sent ? words.form.sent : words.form.over].filter(Boolean).join('\n'));
    said.dir = 'auto';
    bubble.append(said);
    this.line.classList.remove('asking');
    this.line.removeAttribute('aria-live');
    this.line.replaceChildren(bubble);
  }

  /** @param {boolean} busy whether it waits for what the server makes of the answers */
  setBusy(busy) {
    clearTimeout(this.#busyTimer);
    this.#busy = busy;
    this.#go.setAttribute('aria-disabled', String(busy));
    // Where no word comes, the person may ask again.
    if (busy) this.#busyTimer = setTimeout(() => this.setBusy(false), ANSWER_WITHIN_MS);
  }

  /** @param {import('./protocol.js').Form['pages'][number]} page @param {string} id @returns {Page} */
  #pageOf(page, id) {
    const box = element('div', 'page');
    const progress = element('p', 'progress');
    progress.id = `${id}-progress`;
    const title = element('h3', '', page.title);
    title.id = `${id}-title`;
    title.dir = 'auto';
    const questions = page.fields.map((field, place) => {
      const question = new Question(field, `${id}-${place}`, () => this.#changed(field.name));
      return question;
    });
    box.tabIndex = -1;
    box.role = 'group';
    box.setAttribute('aria-labelledby', `${progress.id} ${title.id}`);
    box.append(progress, ...(page.title ? [title] : []), ...(page.text ? [proseOf(page)] : []));
    box.append(...questions.map((question) => question.element));
    return { box, progress, questions, said: Boolean(page.title || page.text) };
  }

  #moves() {
    const box = element('div', 'moves');
    this.#back.type = 'button';
    this.#back.addEventListener('click', () => {
      this.#turnTo(this.#next(-1));
      this.#toTop();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#busy) this.#goOn();
    });
    box.append(this.#back, this.#go);
    return box;
  }

  #goOn() {
    for (const { element: box, field } of this.#pages[this.#page].questions) {
      // None is an answer, too, where none needs to be chosen.
      if (field.kind === 'choices' && field.min === 0 && !box.hidden) this.#handlers.onChange(field.name);
    }
    const next = this.#next(1);
    this.setBusy(true);
    this.#handlers.onGo(next < 0 ? null : next);
  }

  /** @param {string} name */
  #changed(name) {
    this.#look();
    this.complain('');
    this.#handlers.onChange(name);
  }

  /** Show what is asked by the answers so far, and where it goes on from here. */
  #look() {
    /** @type {Map<string, Answer>} */
    const known = new Map();
    this.#pages.forEach(({ box, questions }, place) => {
      box.hidden = place !== this.#page;
      for (const question of questions) {
        const asked = question.field.show_if.every((test) => holds(test, known));
        if (asked) known.set(question.field.name, question.compared);
        question.show(asked, asked && !box.hidden);
      }
    });
    const shown = this.#pages.filter((page) => hasContent(page));
    const { progress } = this.#pages[this.#page];
    const now = shown.indexOf(this.#pages[this.#page]) + 1;
    progress.textContent = shown.length > 1 && now > 0 ? words.form.page(now, shown.length) : '';
    this.#back.hidden = this.#next(-1) < 0;
    this.#go.textContent = this.#next(1) < 0 ? words.form.send : words.goOn;
  }

  /** The next page in that direction on which something is asked or said; -1 where there is none. @param {1 | -1} by */
  #next(by) {
    let page = this.#page + by;
    while (this.#pages[page] && !hasContent(this.#pages[page])) page += by;
    return this.#pages[page] ? page : -1;
  }

  /** @param {number} page from 0 */
  #turnTo(page) {
    this.#page = Math.max(0, Math.min(page, this.#pages.length - 1));
    this.#look();
  }

  #toTop() {
    this.line.scrollIntoView({ block: 'start' });
    this.#pages[this.#page].box.focus({ preventScroll: true });
  }
}

/** @param {Page} page */
function hasContent({ said, questions }) {
  return said || questions.some(({ element: box }) => !box.hidden);
}

/**
 * Whether a test of an earlier answer holds; who was not asked, or did not answer, passes none.
 * @param {import('./protocol.js').AnswerTest} test @param {Map<string, Answer>} known
 */
function holds({ field, item, test, values }, known) {
  const given = known.get(field) ?? null;
  const answer = item === undefined ? given : rowOf(given, item);
  if (answer === null) return false;
  if (test === 'above') return Number(answer) > Number(values[0]);
  if (test === 'below') return Number(answer) < Number(values[0]);
  return [answer].flat().some((one) => values.some((value) => value === one)) === (test === 'in');
}
