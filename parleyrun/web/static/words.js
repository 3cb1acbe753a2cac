/**
 * Every sentence the page says of its own accord. They come with the page, in its language (`texts` of the config:
 * `page_…`); here is only which values go into them.
 */

/** @type {Record<string, string>} */
const sentences = JSON.parse(document.getElementById('words')?.textContent ?? '{}');
const language = document.documentElement.lang;
const lists = new Intl.ListFormat(language, { type: 'conjunction' });

/**
 * @param {string} key the name of a sentence, without its `page_`
 * @param {Record<string, string | number>} [values] by the names of its placeholders
 */
function say(key, values = {}) {
  return (sentences[key] ?? '').replace(/\{\{|\}\}|\{(\w+)\}/gu, (found, name) =>
    name === undefined ? found[0] : String(values[name] ?? ''),
  );
}

/** A sentence that counts. @param {string} one @param {string} many @param {number} count */
function counted(one, many, count) {
  return count === 1 ? say(one, { count }) : say(many, { count: count.toLocaleString(language) });
}

export const words = {
  connecting: say('connecting'),
  reconnecting: say('reconnecting'),
  noWebsocket: say('no_websocket'),
  seatLost: say('seat_lost'),
  tooLong: say('too_long'),
  notTaken: say('not_taken'),

  atTheDoor: say('door'),
  inTheLobby: say('overworld'),
  gettingReady: say('onboarding'),
  waiting: say('waiting'),
  inConversation: say('task'),
  askedAfterwards: say('afterwards'),
  /** What stands before and after the role. */
  inConversationAs: say('task_as', { role: '\n' }).split('\n'),

  /** What stands before and after the names of who else is there. */
  with: say('with', { names: '\n' }).split('\n'),
  /** The names, and what stands between them. */
  listed: (/** @type {string[]} */ names) => lists.formatToParts(names),
  finish: say('finish'),
  finishWish: (/** @type {string} */ name) => say('finish_wish', { name, button: say('finish') }),
  noPaste: say('no_paste'),
  partnerFound: say('partner_found'),

  attach: (/** @type {string} */ size) => say('attach', { size }),
  removeFile: (/** @type {string} */ name) => say('file_remove', { name }),
  fileKind: say('file_kind'),
  fileTooLarge: (/** @type {string} */ size) => say('file_too_large', { size }),
  fileLost: say('file_lost'),
  kilobytes: (/** @type {number} */ count) => sized(count, 'kilobyte'),
  megabytes: (/** @type {number} */ count) => sized(count, 'megabyte'),

  away: (/** @type {string} */ name) => say('away', { name }),
  back: (/** @type {string} */ name) => say('back', { name }),
  left: (/** @type {string} */ name) => say('left', { name }),
  silent: (/** @type {string} */ name) => say('silent', { name }),
  someone: say('someone'),

  you: say('you'),
  system: say('notice'),
  bot: say('bot'),
  sending: say('sending'),
  sent: say('sent'),
  notSent: say('not_sent'),
  readBy: (/** @type {string[]} */ names) =>
    named(names).length > 0 ? say('read_by', { names: lists.format(named(names)) }) : say('read'),
  tryAgain: say('try_again'),
  edit: say('edit'),

  react: say('react'),
  reply: say('reply'),
  reactOrReply: say('react_or_reply'),
  replyTo: (/** @type {string} */ name) => say('reply_to', { name }),

  readOn: say('read_on'),
  newMessages: (/** @type {number} */ count) => counted('new_message', 'new_messages', count),
  offers: (/** @type {string[]} */ answers) => say('offers', { answers: answers.join(', ') }),
  moreAnswers: (/** @type {number} */ count) => counted('more_answer', 'more_answers', count),
  typing: (/** @type {string[]} */ names) => {
    const known = named(names);
    if (known.length === 0) return say('typing');
    if (known.length > 2) return say('many_typing');
    return known.length === 1 ? say('is_typing', { name: known[0] }) : say('are_typing', { names: lists.format(known) });
  },

  picture: say('picture'),
  enlarge: (/** @type {string} */ name) => say('enlarge', { name }),
  attachment: say('attachment'),
  reactionTakenBack: say('reaction_taken_back'),
  cannotShow: say('cannot_show'),
  didNotLoad: (/** @type {string} */ name) => say('did_not_load', { name }),
  open: say('open'),

  form: {
    title: say('form'),
    required: say('form_required'),
    back: say('form_back'),
    send: say('send'),
    page: (/** @type {number} */ page, /** @type {number} */ pages) => say('form_page', { page, pages }),
    example: (/** @type {string} */ example) => say('form_example', { example }),
    clear: say('form_clear'),
    unset: say('form_unset'),
    up: (/** @type {string} */ option) => say('form_up', { option }),
    down: (/** @type {string} */ option) => say('form_down', { option }),
    keep: say('form_keep'),
    sent: say('form_sent'),
    over: say('form_over'),
  },

  copied: say('copied'),
  goOn: say('go_on'),
  backTo: (/** @type {string} */ panel) => say('back_to', { panel }),

  ends: {
    goodbye: { title: say('goodbye_title'), text: say('goodbye_text'), button: say('start_again') },
    left: { title: say('left_title'), text: say('left_text'), button: say('start_again') },
    closing: { title: say('closing_title'), text: say('closing_text'), button: say('try_again') },
    elsewhere: { title: say('elsewhere_title'), text: say('elsewhere_text'), button: say('continue_here') },
    link: { title: say('link_title'), text: say('link_text'), button: say('try_again') },
    refused: { title: say('refused_title'), text: '', button: '' },
    once: { title: say('once_title'), text: say('once_text'), button: '' },
  },
};

/** @param {number} count @param {string} unit */
function sized(count, unit) {
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(count);
}

/** A moment in the words of the page's language. @param {Date} time @param {boolean} withDay @returns {string} */
export function momentInWords(time, withDay) {
  return withDay ? time.toLocaleString(language) : time.toLocaleTimeString(language);
}

/** Who has a name: whoever speaks for the study itself has none. @param {string[]} names */
function named(names) {
  return names.filter((name) => name !== '');
}
