import { words } from './words.js';

/** What a line holds, as elements: text with its links, and attachments. Nothing here ever parses HTML. */

const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"]+/giu;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/u;
const UPLOADED = /^attachments\/[0-9a-f]{40}$/u;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/u;

/**
 * An element of class `className` that holds `text` and nothing else.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {string} className @param {string} [text] @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, className, text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** @param {string} text @returns {HTMLElement} the text, its web addresses as links */
export function textElement(text) {
  const box = element('div', 'text');
  box.dir = 'auto';
  box.append(...withLinks(text));
  return box;
}

/** @param {string} text @returns {(Node | string)[]} the text in pieces, its web addresses as links */
export function withLinks(text) {
  /** @type {(Node | string)[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(WEB_ADDRESS)) {
    const address = withoutTrailingPunctuation(match[0]);
    if (!isWebAddress(address)) continue;
    pieces.push(text.slice(end, match.index), link(address, address));
    end = match.index + address.length;
  }
  pieces.push(text.slice(end));
  return pieces;
}

/**
 * What somebody on Messenger did that is no attachment, in words; '' where the text beside it says it all.
 * @param {import('./protocol.js').Payload} payload @returns {string | null} null for an attachment
 */
export function deedInWords(payload) {
  const say = own(DEEDS, payload.type);
  return say === undefined ? null : say(payload);
}

/** @type {Record<string, (payload: import('./protocol.js').Payload) => string>} */
const DEEDS = {
  reaction: ({ action, value }) => (action === 'unreact' ? words.reactionTakenBack : String(value ?? '')),
  quick_reply: () => '',
  postback: () => '',
  edit: () => '',
};

/** @param {import('./protocol.js').Payload} payload @returns {HTMLElement} */
export function attachmentElement(payload) {
  const address = attachmentAddress(payload);
  const make = own(ATTACHMENTS, payload.type);
  if (address === null || make === undefined) return element('p', 'cannot-show', words.cannotShow);
  return make(payload, address);
}

/** @type {Record<string, (payload: import('./protocol.js').Payload, address: string) => HTMLElement>} */
const ATTACHMENTS = {
  image: (payload, address) => picture(payload, address),
  sticker: (payload, address) => picture(payload, address),
  video: (payload, address) => media('video', payload, address),
  audio: (payload, address) => media('audio', payload, address),
  link: (payload, address) => link(address, payload.alt || payload.name || address),
  file(payload, address) {
    const name = payload.name || payload.alt || words.attachment;
    const anchor = link(address, name);
    anchor.className = 'attachment file';
    if (payload.alt) anchor.title = payload.alt;
    if (address.startsWith('data:')) anchor.download = name;
    return anchor;
  },
};

/**
 * What a table holds under a key, and not what every object has: others choose the key.
 * @template Value
 * @param {Record<string, Value>} table @param {string} key @returns {Value | undefined}
 */
function own(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** @param {import('./protocol.js').Payload} payload @param {string} address */
function picture(payload, address) {
  const image = element('img', 'attachment');
  image.alt = payload.alt || words.picture;
  // `enlargePictures` listens for these.
  const button = element('button', 'zoom');
  button.type = 'button';
  button.ariaLabel = words.enlarge(image.alt);
  button.append(image);
  image.addEventListener('error', () => button.replaceWith(didNotLoad(image.alt, address)), { once: true });
  image.src = address;
  return button;
}

/** @param {'audio' | 'video'} name @param {import('./protocol.js').Payload} payload @param {string} address */
function media(name, payload, address) {
  const player = element(name, 'attachment');
  player.controls = true;
  player.preload = 'metadata';
  player.setAttribute('playsinline', '');
  const label = payload.alt || payload.name || words.attachment;
  player.setAttribute('aria-label', label);
  player.addEventListener('error', () => player.replaceWith(didNotLoad(label, address)), { once: true });
  player.src = address;
  return player;
}

/** @param {string} what @param {string} address */
function didNotLoad(what, address) {
  const box = element('p', 'cannot-show', `${words.didNotLoad(what)} `);
  if (isWebAddress(address)) box.append(link(address, words.open));
  return box;
}

/**
 * Where an attachment is, if that is a kind of address the page follows.
 * @param {import('./protocol.js').Payload} payload @returns {string | null}
 */
function attachmentAddress(payload) {
  if (typeof payload.data === 'string') {
    const mime = payload.mime ?? payload.mime_type ?? '';
    const usable = MEDIA_TYPE.test(mime) && BASE64.test(payload.data) && fits(payload.type, mime);
    return usable ? `data:${mime};base64,${payload.data}` : null;
  }
  if (typeof payload.url !== 'string') return null;
  if (isWebAddress(payload.url)) return new URL(payload.url).href;
  if (UPLOADED.test(payload.url)) return new URL(payload.url, document.baseURI).href;
  const inline = /^data:([^;,]*)/iu.exec(payload.url);
  return inline !== null && fits(payload.type, inline[1]) ? payload.url : null;
}

/** @param {string} kind @param {string} mediaType */
function fits(kind, mediaType) {
  return kind === 'file' || mediaType.toLowerCase().startsWith(`${kind}/`);
}

/** Whether this is an address on the web, http or https. @param {string} text @returns {boolean} */
export function isWebAddress(text) {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** @param {string} address @returns {string} */
function withoutTrailingPunctuation(address) {
  const trimmed = address.replace(/[.,;:!?…'’”]+$/u, '');
  const unopened = trimmed.endsWith(')') && trimmed.split(')').length > trimmed.split('(').length;
  return unopened ? withoutTrailingPunctuation(trimmed.slice(0, -1)) : trimmed;
}

/** @param {string} address @param {string} text */
export function link(address, text) {
  const anchor = element('a', '', text);
  anchor.href = address;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer';
  return anchor;
}
