/**
 * The shapes of the `parleyrun.v1` frames, and how to reach the server that speaks them.
 *
 * @typedef {{type: 'session', token: string, seq: number, resumed: boolean, title: string}} SessionFrame
 * @typedef {{type: 'message', seq: number, id: string, text: string, quick_replies: string[] | null,
 *   payload?: Payload | FormPayload | FormState | Answers, mine: boolean, message_id?: string, persona?: Persona, markup?: Markup[], bot?: true,
 *   reply_to?: number, farewell?: true, instructions?: true, finish_how?: true, finish_wish?: string, at: number}} MessageFrame
 *   A line of this person's log; `id` is empty for the system, `at` is in seconds since 1970. A `bot` is one that
 *   people are told of. A `farewell` is said again by the `ended` frame, and stands with it.
 *   A `finish_wish` is the name of somebody who would like to finish.
 * @typedef {string | MarkupNode} Markup  A text, or the name of an element and what is in it.
 * @typedef {(string | MarkupNode)[]} MarkupNode
 * @typedef {{name: string, picture: string}} Persona  Whom a line comes from, whatever its `id` is.
 * @typedef {{text: string, count: number, mine: boolean}} ReactionCount
 * @typedef {{type: 'reactions', lines: {seq: number, reactions: ReactionCount[]}[], whole?: true}} ReactionsFrame  With
 *   `whole`, no other lines have any.
 * @typedef {{type: 'ack', message_id: string, seq: number}} AckFrame
 * @typedef {{type: 'typing', id: string, on: boolean}} TypingFrame
 * @typedef {{type: 'growing', id: string, text: string}} GrowingFrame  The words so far of what a bot is saying, all
 *   of them; none where it is taken back.
 * @typedef {{type: 'read', id: string, seq: number}} ReadFrame
 * @typedef {{type: 'presence', place: 'door' | 'overworld' | 'onboarding' | 'waiting' | 'task' | 'afterwards',
 *   task: string | null, role: string | null, waited: number, uploads?: {bytes: number}}} PlaceFrame  `waited` is in
 *   seconds; with `uploads` files of so many bytes may be sent there.
 * @typedef {{type: 'presence', id: string, state: 'away' | 'back' | 'left' | 'silent'}} PartnerFrame
 * @typedef {{type: 'talk', title: string, role: string | null, partners: {id: string, bot?: true}[], seconds_left?: number,
 *   finish?: {word: string, open: boolean, wanted: boolean, wanted_by: string[]}, paste?: 'block' | 'record',
 *   reactions?: string[], replies?: true, from?: number, instructions?: {text: string, markup?: Markup[]}}} TalkFrame  What stands around the conversation, until the place
 *   is another one or the next such frame comes.
 * @typedef {{type: 'ended', reason: 'goodbye' | 'left' | 'closing' | 'elsewhere' | 'link' | 'refused' | 'once', text: string,
 *   again?: false, code?: string, link?: string, panel?: string}} EndedFrame  With `"again":false` nobody can come
 *   back; `link` is where the person goes on, `panel` who is there.
 * @typedef {{type: 'error', code: 'bad_frame' | 'too_long' | 'too_fast' | 'refused' | 'full', text: string,
 *   message_id?: string}} ErrorFrame
 * @typedef {SessionFrame | MessageFrame | ReactionsFrame | AckFrame | TypingFrame | GrowingFrame | ReadFrame | PlaceFrame
 *   | PartnerFrame | TalkFrame | EndedFrame | ErrorFrame | {type: 'ping'} | {type: 'pong'}} ServerFrame
 *
 * @typedef {{type: 'image' | 'video' | 'audio' | 'file' | 'sticker' | 'reaction' | 'quick_reply' | 'postback' | 'edit',
 *   url?: string, data?: string, mime?: string, mime_type?: string, alt?: string, name?: string, value?: string,
 *   action?: 'react' | 'unreact'}} Payload  `data` is base64; `url` may be
 *   below `attachments/`, beside the page. From `sticker` on they are what Messenger brings.
 *
 * @typedef {string | number | boolean | null | string[] | {[row: string]: string | number | boolean | null}} Answer
 * @typedef {{value: string, label: string, alone?: true}} Option
 * @typedef {{field: string, item?: string, test: 'in' | 'not' | 'above' | 'below', values: (string | number | boolean)[]}} AnswerTest
 * @typedef {{name: string, kind: string, ask: string, help: string, required: boolean, show_if: AnswerTest[],
 *   options: Option[], items: Option[], from: number, to: number, low: string, high: string,
 *   labels: Record<string, string>, numbers: boolean, min: number | null, max: number | null, whole: boolean,
 *   unit: string, lines: number, min_length: number, max_length: number, example: string, yes: string, no: string,
 *   earliest: string | null, latest: string | null, step: number, start: number | null, show_value: boolean,
 *   text: string, markup?: Markup[], pictures: Payload[]}} Field  Each kind has some of these; docs/forms.md.
 * @typedef {{title: string, text: string, markup?: Markup[], fields: Field[]}} FormPage
 * @typedef {{name: string, number: number, title: string, text: string, markup?: Markup[], pages: FormPage[],
 *   page: number, answers: Record<string, Answer>, settled: string[]}} Form
 * @typedef {{type: 'form', form: Form}} FormPayload
 * @typedef {{type: 'form_state', form: string, number: number, status: string, page: number, settled?: string[],
 *   errors: Record<string, string>}} FormState
 * @typedef {{shown?: number, touched?: number, changed?: number}} Times  Ages in milliseconds; until they are sent,
 *   when it was.
 * @typedef {{type: 'answers', form: string, number: number, answers: Record<string, Answer>,
 *   times?: Record<string, Times>, page?: number, done?: boolean}} Answers
 *
 * @typedef {{type: 'session', token: string | null, seq: number, entry: Record<string, string>, forms: true, replies: true,
 *   touch_points?: number | undefined}
 *   | {type: 'message', message_id: string, text: string, payload?: Answers | import('./uploads.js').Upload, reply_to?: number | undefined, pasted?: number | undefined,
 *   typed_ms?: number | undefined}
 *   | {type: 'react', seq: number, reaction: string, on: boolean}
 *   | {type: 'typing', on: boolean}
 *   | {type: 'ping'}
 *   | {type: 'pong'}
 *   | {type: 'delivered', seq: number}
 *   | {type: 'read', seq: number}} ClientFrame
 */

export const SUBPROTOCOL = 'parleyrun.v1';

export const CLOSED = { goodbye: 1000, tooLarge: 1009, elsewhere: 4001, link: 4003 };

const LONGEST_VALUE = 2_000;
const LONGEST_ENTRY = 16_000;

/**
 * How the person came, out of the page's own address: all of it, whatever a panel calls its parts. Of a name that
 * is there several times the first one counts, and what is beyond all measure is left out.
 * @param {string} query @returns {Record<string, string>}
 */
export function entryFrom(query) {
  /** @type {Map<string, string>} */
  const entry = new Map();
  let length = 0;
  for (const [name, given] of new URLSearchParams(query)) {
    const value = given.slice(0, LONGEST_VALUE);
    if (entry.has(name) || length + name.length + value.length > LONGEST_ENTRY) continue;
    entry.set(name, value);
    length += name.length + value.length;
  }
  return Object.fromEntries(entry);
}

/** The websocket beside the page at `pageAddress`. @param {string} pageAddress @returns {string} */
export function websocketAddress(pageAddress) {
  const address = new URL('websocket', pageAddress);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = '';
  address.hash = '';
  return address.href;
}
