import { element, isWebAddress, link, withLinks } from './content.js';

/** The elements that a formatted line may have, by the names of the protocol. There is no way to any other. */
const ELEMENTS = /** @type {const} */ ({
  p: 'p',
  h: 'h3',
  strong: 'strong',
  em: 'em',
  code: 'code',
  pre: 'pre',
  ul: 'ul',
  ol: 'ol',
  li: 'li',
  blockquote: 'blockquote',
});

/** A line with its formatting. @param {import('./protocol.js').Markup[]} markup @returns {HTMLElement} */
export function markupElement(markup) {
  const box = element('div', 'text formatted');
  box.dir = 'auto';
  box.append(...markup.flatMap((part) => pieces(part, true)));
  return box;
}

/** @param {import('./protocol.js').Markup} part @param {boolean} linked whether addresses in it become links */
function pieces(part, linked) {
  if (typeof part === 'string') return linked ? withLinks(part) : [part];
  const [name, ...inside] = part;
  return [name === 'a' ? linkOf(inside) : elementOf(String(name), inside, linked)];
}

/** @param {import('./protocol.js').Markup[]} inside its address, then what is in it */
function linkOf([address, ...inside]) {
  const made = typeof address === 'string' && isWebAddress(address) ? link(address, '') : element('span', '');
  made.append(...inside.flatMap((part) => pieces(part, false)));
  return made;
}

/** @param {string} name @param {import('./protocol.js').Markup[]} inside @param {boolean} linked */
function elementOf(name, inside, linked) {
  const known = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[/** @type {keyof typeof ELEMENTS} */ (name)] : 'span';
  const made = element(known, '');
  if (made instanceof HTMLOListElement) made.start = Number(inside.shift()) || 1;
  made.append(...inside.flatMap((part) => pieces(part, linked && known !== 'code' && known !== 'pre')));
  return made;
}
