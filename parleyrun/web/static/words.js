/** Every sentence the page says of its own accord, in one place, so that it can be put into another language. */

export const words = {
  connecting: 'Connecting…',
  reconnecting: 'Reconnecting… What you write is kept and sent once the connection is back.',
  seatLost: 'Your earlier conversation is no longer here. This is a new one.',
  tooLong: 'That message is too long to be sent. Please shorten it.',
  notTaken: 'That message was not taken.',

  atTheDoor: 'At the door',
  inTheLobby: 'In the lobby',
  gettingReady: 'Getting ready',
  waiting: 'Waiting for a partner',
  inConversation: 'In conversation',
  inConversationAs: 'In conversation as ',

  away: (/** @type {string} */ name) => `${name} is away. They have a moment to come back.`,
  back: (/** @type {string} */ name) => `${name} is back.`,
  left: (/** @type {string} */ name) => `${name} has left the conversation.`,
  someone: 'Your partner',

  you: 'You',
  system: 'Notice',
  sending: 'Sending…',
  sent: 'Sent',
  notSent: 'Not sent',
  readBy: (/** @type {string[]} */ names) => ['Read', together(named(names))].filter((part) => part !== '').join(' by '),
  tryAgain: 'Try again',
  edit: 'Edit',

  readOn: 'Read on',
  newMessages: (/** @type {number} */ count) => (count === 1 ? '1 new message' : `${count} new messages`),
  offers: (/** @type {string[]} */ texts) => `Suggested answers: ${texts.join(', ')}`,
  moreAnswers: (/** @type {number} */ count) => (count === 1 ? '1 more answer' : `${count} more answers`),
  typing: (/** @type {string[]} */ names) => {
    const known = named(names);
    if (known.length === 0) return 'Typing';
    if (known.length > 2) return 'Several people are typing';
    return `${together(known)} ${known.length === 1 ? 'is' : 'are'} typing`;
  },

  picture: 'Picture',
  attachment: 'Attachment',
  reactionTakenBack: '(took a reaction back)',
  cannotShow: 'An attachment that this page cannot show.',
  didNotLoad: (/** @type {string} */ what) => `“${what}” could not be loaded.`,
  open: 'Open it in a new tab',

  ends: {
    goodbye: { title: 'This conversation has ended', text: 'Thank you for taking part.', button: 'Start again' },
    left: { title: 'You were away for a while', text: 'Your place was given up in the meantime.', button: 'Start again' },
    closing: { title: 'Closed for now', text: 'Please come back later.', button: 'Try again' },
    elsewhere: {
      title: 'This conversation is open elsewhere',
      text: 'It goes on where you opened it last.',
      button: 'Continue here',
    },
    link: { title: 'This link does not work', text: 'Please open it exactly as you were given it.', button: 'Try again' },
    once: { title: 'You have taken part already', text: 'Thank you! There is nothing more to do here.', button: '' },
  },
};

/** Who has a name: whoever speaks for the study itself has none. @param {string[]} names */
function named(names) {
  return names.filter((name) => name !== '');
}

/** @param {string[]} names */
function together(names) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
