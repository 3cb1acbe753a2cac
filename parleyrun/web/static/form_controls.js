import { attachmentElement, element, textElement } from './content.js';
import { markupElement } from './markup.js';
import { words } from './words.js';

const MOST_RADIOS = 15;
const COUNTED_FROM = 100;

/**
 * How one kind of question is answered. `input` is there where a single field is labelled by the question, else it is
 * a group. What is read is null where nothing was answered.
 *
 * @typedef {import('./protocol.js').Field} Field
 * @typedef {import('./protocol.js').Answer} Answer
 * @typedef {{element: HTMLElement, read: () => Answer, write: (answer: Answer) => void,
 *   input?: HTMLElement, radios?: boolean}} Control
 */

/** @param {Field} field @param {string} id of its own on the page @returns {Control} */
export function controlOf(field, id) {
  return (Object.hasOwn(KINDS, field.kind) ? KINDS[field.kind] : text)(field, id);
}

/** @type {Record<string, (field: Field, id: string) => Control>} */
const KINDS = { choice, choices, scale, number, text, yes_no: yesNo, date, slider, rank, matrix, info };

/** A formatted text, or one as it is. @param {{text: string, markup?: import('./protocol.js').Markup[]}} said */
export function proseOf({ text: said, markup }) {
  return markup ? markupElement(markup) : textElement(said);
}

/** Words of authors, which may be of any script. @param {string} className @param {string} said */
function wordsOf(className, said) {
  const box = element('span', className, said);
  box.dir = 'auto';
  return box;
}

/** @param {string} type @param {string} id */
function inputOf(type, id) {
  const input = element('input', '');
  input.type = type;
  input.id = id;
  return input;
}

/** @param {'radio' | 'checkbox'} type @param {string} id @param {HTMLElement[]} labels @returns {[HTMLElement, HTMLInputElement[]]} */
function ticks(type, id, labels) {
  const box = element('div', 'options');
  const inputs = labels.map((shown, place) => {
    const input = inputOf(type, `${id}-${place}`);
    input.name = id;
    const label = element('label', 'option');
    label.append(input, shown);
    box.append(label);
    return input;
  });
  return [box, inputs];
}

/** @param {string} id @param {Answer[]} values @param {HTMLElement[]} labels @returns {Control} */
function radios(id, values, labels) {
  const [box, inputs] = ticks('radio', id, labels);
  return {
    element: box,
    radios: true,
    read: () => values[inputs.findIndex((input) => input.checked)] ?? null,
    write: (answer) => inputs.forEach((input, place) => (input.checked = values[place] === answer)),
  };
}

/** @param {Field} field @param {string} id @returns {Control} */
function choice({ options }, id) {
  const values = options.map(({ value }) => value);
  if (options.length <= MOST_RADIOS) return radios(id, values, options.map(({ label }) => wordsOf('', label)));
  const input = element('select', '');
  input.id = id;
  input.append(new Option('—', ''), ...options.map(({ label }, place) => new Option(label, String(place))));
  return {
    element: input,
    input,
    read: () => values[input.selectedIndex - 1] ?? null,
    write: (answer) => (input.selectedIndex = 1 + values.findIndex((value) => value === answer)),
  };
}

/** @param {Field} field @param {string} id */
function yesNo({ yes, no }, id) {
  return radios(id, [true, false], [wordsOf('', yes), wordsOf('', no)]);
}

/** @param {Field} field @param {string} id @returns {Control} */
function choices({ options }, id) {
  const [box, inputs] = ticks('checkbox', id, options.map(({ label }) => wordsOf('', label)));
  inputs.forEach((input, place) =>
    input.addEventListener('change', () => {
      if (!input.checked) return;
      // What excludes all others leaves none of them, and goes when another one is chosen.
      inputs.forEach((other, at) => (other.checked &&= other === input || !(options[place].alone || options[at].alone)));
    }),
  );
  return {
    element: box,
    read() {
      const chosen = options.filter((_, place) => inputs[place].checked).map(({ value }) => value);
      return chosen.length > 0 ? chosen : null;
    },
    write: (answer) =>
      inputs.forEach((input, at) => (input.checked = Array.isArray(answer) && answer.includes(options[at].value))),
  };
}

/** @param {Field} field @param {string} id @returns {Control} */
function scale(field, id) {
  const { from, to, low, high, labels, numbers } = field;
  const points = Array.from({ length: to - from + 1 }, (_, place) => from + place);
  const labelled = Object.keys(labels).length > 0;
  const control = radios(
    id,
    points,
    points.map((point) => {
      const label = element('span', 'point');
      const said = labels[point] ?? '';
      const end = said === '' ? { [from]: low, [to]: high }[point] : '';
      label.append(element('span', numbers || (labelled && !said) ? 'digits' : 'unseen', String(point)));
      if (said || end) label.append(' ', wordsOf(said ? 'named' : 'unseen', said || end || ''));
      return label;
    }),
  );
  control.element.classList.add('points');
  control.element.style.setProperty('--points', String(points.length));
  control.element.toggleAttribute('data-labelled', labelled);
  control.element.toggleAttribute('data-many', points.length > 11);
  return { ...control, element: withEnds(control.element, field) };
}

/** What the ends mean, seen below them: for a screen reader it stands with the points. @param {HTMLElement} inside @param {Field} field */
function withEnds(inside, { low, high }) {
  const box = element('div', 'scale');
  const ends = element('div', 'ends');
  ends.setAttribute('aria-hidden', 'true');
  ends.append(wordsOf('', low), wordsOf('', high));
  box.append(inside, ...(low || high ? [ends] : []));
  return box;
}

/** @param {Field} field @param {string} id @returns {Control} */
function matrix(field, id) {
  const box = element('div', 'matrix');
  const rows = field.items.map(({ value, label }, place) => {
    const row = element('div', 'row');
    const name = wordsOf('row-name', label);
    name.id = `${id}-row-${place}`;
    const control = scale(field, `${id}-${place}`);
    row.role = 'radiogroup';
    row.setAttribute('aria-labelledby', name.id);
    row.setAttribute('aria-required', String(field.required));
    row.append(name, control.element);
    box.append(row);
    return { value, control };
  });
  return {
    element: box,
    read() {
      const answered = rows.map(({ value, control }) => [value, control.read()]).filter(([, point]) => point !== null);
      return answered.length > 0 ? Object.fromEntries(answered) : null;
    },
    write: (answer) => rows.forEach(({ value, control }) => control.write(rowOf(answer, value))),
  };
}

/** The answer of one row. @param {Answer} answer @param {string} row @returns {Answer} */
export function rowOf(answer, row) {
  return answer !== null && typeof answer === 'object' && !Array.isArray(answer) && Object.hasOwn(answer, row)
    ? answer[row]
    : null;
}

/** @param {HTMLInputElement | HTMLTextAreaElement} input @param {HTMLElement} [around] @returns {Control} */
function written(input, around = input) {
  return {
    element: around,
    input,
    read: () => input.value.trim() || null,
    write: (answer) => (input.value = answer === null ? '' : String(answer)),
  };
}

/** What is typed is sent as it is: the server knows how numbers are written. @param {Field} field @param {string} id */
function number({ min, whole, unit }, id) {
  const input = inputOf('text', id);
  // The number pads of phones have no minus.
  input.inputMode = min === null || min < 0 ? 'text' : whole ? 'numeric' : 'decimal';
  input.autocomplete = 'off';
  const box = element('div', 'number');
  box.append(input, ...(unit ? [wordsOf('', unit)] : []));
  return written(input, box);
}

/** @param {Field} field @param {string} id */
function text({ lines, min_length: least, max_length: most }, id) {
  const input = lines > 1 ? element('textarea', '') : inputOf('text', id);
  if (input instanceof HTMLTextAreaElement) input.rows = Math.min(lines, 12);
  input.id = id;
  input.dir = 'auto';
  input.autocomplete = 'off';
  const box = element('div', '');
  const counter = element('p', 'count');
  box.append(input, counter);
  const control = written(input, box);
  const count = () => {
    const length = Array.from(input.value.trim()).length;
    const matters = length > most - COUNTED_FROM || (length > 0 && length < least);
    counter.textContent = matters ? `${length} / ${length < least ? least : most}` : '';
  };
  input.addEventListener('input', count);
  return {
    ...control,
    write(/** @type {Answer} */ answer) {
      control.write(answer);
      count();
    },
  };
}

/** @param {Field} field @param {string} id */
function date({ earliest, latest }, id) {
  const input = inputOf('date', id);
  input.min = earliest ?? '';
  input.max = latest ?? '';
  return written(input);
}

/** @param {Field} field @param {string} id @returns {Control} */
function slider(field, id) {
  const { from, to, step, start, show_value: showValue } = field;
  const input = inputOf('range', id);
  Object.assign(input, { min: String(from), max: String(to), step: String(step) });
  const shown = element('output', 'value');
  let touched = false;
  /** @param {Answer} answer */
  const write = (answer) => {
    touched = answer !== null;
    input.value = String(answer ?? start ?? (from + to) / 2);
    show();
  };
  const show = () => {
    input.classList.toggle('no-handle', !touched && start === null);
    if (touched) input.removeAttribute('aria-valuetext');
    else input.setAttribute('aria-valuetext', words.form.unset);
    shown.textContent = touched && showValue ? Number(input.value).toLocaleString(document.documentElement.lang) : '';
  };
  // Who clicks just where the handle would be changes nothing, and has answered.
  for (const event of ['input', 'click']) {
    input.addEventListener(event, () => {
      touched = true;
      show();
    });
  }
  write(null);
  const box = withEnds(input, field);
  if (showValue) input.before(shown);
  return { element: box, input, read: () => (touched ? Number(input.value) : null), write };
}

/** @param {Field} field @param {string} id @returns {Control} */
function rank({ options }, id) {
  const box = element('div', '');
  const list = element('ol', 'rank');
  const told = element('p', 'unseen');
  told.role = 'status';
  const keep = element('button', 'quiet', words.form.keep);
  keep.type = 'button';
  let known = false;
  let order = options.map(({ value }) => value);
  const rows = new Map(options.map((option) => [option.value, rankRow(option)]));

  const draw = () => {
    list.replaceChildren(...order.flatMap((value) => rows.get(value)?.row ?? []));
    order.forEach((value, place) => {
      const row = rows.get(value);
      if (row === undefined) return;
      row.place.textContent = known ? String(place + 1) : '–';
      row.up.disabled = place === 0;
      row.down.disabled = place === order.length - 1;
    });
    keep.hidden = known;
  };
  for (const [value, { up, down }] of rows) {
    for (const [button, other, by] of /** @type {const} */ ([[up, down, -1], [down, up, 1]])) {
      button.addEventListener('click', () => {
        const place = order.indexOf(value);
        order.splice(place, 1);
        order.splice(place + by, 0, value);
        known = true;
        draw();
        (button.disabled ? other : button).focus();
        told.textContent = `${place + by + 1} / ${order.length}`;
      });
    }
  }
  keep.addEventListener('click', () => {
    known = true;
    draw();
    rows.get(order[0])?.down.focus();
  });
  box.id = id;
  box.append(list, keep, told);
  draw();
  return {
    element: box,
    read: () => (known ? [...order] : null),
    write(answer) {
      known = Array.isArray(answer);
      const first = Array.isArray(answer) ? answer.filter((value) => rows.has(value)) : [];
      order = [...new Set([...first, ...rows.keys()])];
      draw();
    },
  };
}

/** @param {import('./protocol.js').Option} option */
function rankRow({ label }) {
  const row = element('li', '');
  const place = element('span', 'place');
  const [up, down] = [
    ['↑', words.form.up(label)],
    ['↓', words.form.down(label)],
  ].map(([sign, name]) => {
    const button = element('button', 'move', sign);
    button.type = 'button';
    button.setAttribute('aria-label', name);
    return button;
  });
  row.append(place, wordsOf('what', label), up, down);
  return { row, place, up, down };
}

/** @param {Field} field @returns {Control} */
function info(field) {
  const box = element('div', 'info');
  if (field.text) box.append(proseOf(field));
  box.append(...field.pictures.map(attachmentElement));
  return { element: box, read: () => null, write: () => undefined };
}
