import { Bell } from './bell.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { Ending } from './ending.js';
import { Forms } from './forms.js';
import { Growth } from './growth.js';
import { Instructions } from './instructions.js';
import { Log, speakerOf } from './log.js';
import { Pasting } from './pasting.js';
import { Partners, Place, Typists } from './presence.js';
import { CLOSED, entryFrom, websocketAddress } from './protocol.js';
import { Reach } from './reach.js';
import { Reactions } from './reactions.js';
import { Reading } from './reading.js';
import { Replying } from './replying.js';
import { Follower } from './scroll.js';
import { Seat } from './seat.js';
import { TalkHeader } from './talk_header.js';
import { Uploads } from './uploads.js';
import { words } from './words.js';
import { enlargePictures } from './zoom.js';

const NOTICE_SHOWN_MS = 12_000;
const HISTORY_QUIET_MS = 500;
const NEVER_OPENED_TIMES = 2;
/** Where one form follows another, the next one is here within this time. */
const NEXT_FORM_MS = 1_000;
const DELIVERED_PACE = { gather_ms: 50, pause_ms: 1_000 };

/**
 * What the page has under an id.
 * @template {HTMLElement} Kind
 * @param {string} id @param {new () => Kind} kind @returns {Kind}
 */
function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`expected a ${kind.name} with the id ${id} on the page`);
  return found;
}

/** @param {string} id */
const box = (id) => byId(id, HTMLElement);

/** The page: hands what the server says to those who show it, and what the person does to the server. */
class Chat {
  #bell = new Bell(byId('sound', HTMLButtonElement));
  /** @type {import('./protocol.js').EndedFrame['reason'] | null} */
  #ended = null;
  #restarting = false;
  #historyUpTo = 0;
  #noticeTimer = 0;
  /** @type {{timer: number, focus: boolean} | null} a form is over, and another one may follow it */
  #formOver = null;

  #seat = new Seat(entryFrom(location.search), new URL(document.baseURI).pathname);
  #place = new Place(box('place'), box('place-name'), box('waited'));
  #partners = new Partners(box('partner'));
  #typists = new Typists(box('typing'));
  #follower = new Follower(box('log'), box('lines'), byId('new-messages', HTMLButtonElement));
  #log = new Log(box('lines'), {
    onRetry: (messageId) => this.#retry(messageId),
    onEdit: (messageId) => this.#edit(messageId),
  });
  #growth = new Growth(this.#log, this.#follower);
  #reactions = new Reactions(this.#log, {
    onReact: (seq, reaction, on) => this.#connection.send({ type: 'react', seq, reaction, on }),
    onReply: (line) => this.#reply(line),
  });
  #replying = new Replying(
    {
      box: box('replying'),
      name: box('replying-to'),
      text: box('replying-text'),
      remove: byId('no-reply', HTMLButtonElement),
    },
    byId('input', HTMLTextAreaElement),
    (seq) => (this.#seat.replyTo = seq),
  );
  #forms = new Forms(this.#seat, {
    ready: () => this.#connection.ready,
    send: (payload) => this.#answer(payload),
  });
  #composer = new Composer(
    {
      form: byId('composer', HTMLFormElement),
      input: byId('input', HTMLTextAreaElement),
      suggestions: box('quick-replies'),
      more: box('more-replies'),
    },
    {
      onSay: (text, written) => this.#say(text, written ? this.#uploads.take() : null, written ? this.#replying.take() : undefined),
      onTyping: (on) => this.#connection.send({ type: 'typing', on }),
      onDraft: (text) => (this.#seat.draft = text),
      waits: () => this.#uploads.waits,
    },
  );
  #pasting = new Pasting(byId('input', HTMLTextAreaElement), () => this.#notice(words.noPaste));
  #uploads = new Uploads(
    {
      attach: byId('attach', HTMLButtonElement),
      picker: byId('picker', HTMLInputElement),
      box: box('chosen'),
      preview: box('chosen-preview'),
      name: box('chosen-name'),
      alt: byId('alt', HTMLInputElement),
      remove: byId('remove-file', HTMLButtonElement),
    },
    {
      onRefused: (why) => this.#notice(why),
      onChosen: () => {
        this.#notice('');
        this.#composer.focus();
      },
      mayPaste: () => this.#pasting.rule !== 'block',
      onBlocked: () => this.#notice(words.noPaste),
    },
  );
  #instructions = new Instructions(
    box('instructions'),
    box('instructions-text'),
    byId('show-instructions', HTMLButtonElement),
  );
  #talk = new TalkHeader(
    {
      title: box('title'),
      partners: box('partners'),
      time: box('time-left'),
      finish: byId('finish', HTMLButtonElement),
    },
    (word) => this.#say(word),
  );
  #ending = new Ending(
    {
      box: box('end'),
      title: box('end-title'),
      text: box('end-text'),
      code: box('code'),
      codeBox: box('end-code'),
      copy: byId('copy-code', HTMLButtonElement),
      copied: box('copied'),
      goOn: byId('go-on', HTMLAnchorElement),
      restart: byId('restart', HTMLButtonElement),
    },
    () => this.#restart(),
  );
  #connection = new Connection(websocketAddress(document.baseURI), {
    greeting: () => this.#greeting(),
    onFrame: (frame) => this.#onFrame(frame),
    onDown: (closeCode) => this.#down(closeCode),
  });
  #delivered = new Reach((seq) => this.#connection.send({ type: 'delivered', seq }), DELIVERED_PACE);
  #reading = new Reading(box('log'), (seq) => this.#connection.send({ type: 'read', seq }));

  start() {
    enlargePictures(byId('zoom', HTMLDialogElement));
    for (const said of this.#seat.outbox) if (said.payload?.type !== 'answers') this.#log.showUnrecorded(said);
    document.addEventListener('visibilitychange', () => this.#looked());
    for (const back of ['online', 'pageshow']) window.addEventListener(back, () => this.#connection.probe());
    document.addEventListener('resume', () => this.#connection.probe());
    this.#composer.resume(this.#seat.draft);
    this.#composer.focus();
    this.#connection.open();
  }

  /** @param {import('./protocol.js').ServerFrame} frame */
  #onFrame(frame) {
    switch (frame.type) {
      case 'session':
        return this.#onSession(frame);
      case 'message':
        return this.#onMessage(frame);
      case 'reactions':
        return this.#reactions.show(frame);
      case 'ack':
        return this.#onAck(frame);
      case 'typing':
        return this.#onTyping(frame);
      case 'growing':
        return this.#onGrowing(frame);
      case 'read':
        return this.#log.readBy(frame.id, frame.seq);
      case 'presence':
        return 'place' in frame ? this.#onPlace(frame) : this.#onPartner(frame);
      case 'talk':
        return this.#onTalk(frame);
      case 'ended':
        return this.#end(frame);
      case 'error':
        return this.#onError(frame);
    }
  }

  /** @returns {import('./protocol.js').ClientFrame} */
  #greeting() {
    const { token, entry } = this.#seat;
    const touchPoints = navigator.maxTouchPoints || undefined;
    return { type: 'session', token, seq: this.#log.complete, entry, forms: true, replies: true, touch_points: touchPoints };
  }

  /** @param {import('./protocol.js').SessionFrame} frame */
  #onSession(frame) {
    const seatLost = this.#seat.token !== null && !frame.resumed && this.#ended === null;
    this.#seat.token = frame.token;
    this.#name(frame.title);
    this.#reopen();
    this.#leavePartners();
    if (!frame.resumed) {
      this.#log.forgetRecord();
      this.#reactions.forget();
      this.#replying.to(null);
      this.#forms.forget();
      this.#delivered.forget();
      this.#reading.forget();
    }
    if (seatLost) {
      this.#notice(words.seatLost);
      // They were meant for a conversation that is gone; the person decides whether they fit the new one.
      for (const said of this.#seat.unsent) this.#refused(said.message_id);
    }
    this.#readHistoryQuietly(frame.seq);
    this.#delivered.tellAgain();
    this.#reading.tellAgain();
    for (const said of this.#seat.unsent) this.#transmit(said);
    this.#forms.flush();
    this.#suggest();
    this.#openComposer();
  }

  /** @param {import('./protocol.js').MessageFrame} frame */
  #onMessage(frame) {
    if (frame.mine && frame.message_id) this.#seat.drop(frame.message_id);
    if (this.#onAnswers(frame)) return;
    const shown = this.#log.show(frame);
    this.#reactions.dress(this.#log.line(frame.seq));
    this.#suggest();
    if (shown === null || frame.farewell) return;
    const { line, instead } = shown;
    const { payload } = frame;
    if (frame.finish_how) return this.#delivered.upTo(frame.seq);
    if (payload?.type === 'form') this.#forms.show(payload.form, line.element);
    if (!frame.mine) this.#growth.done(frame.id);
    if (instead !== null) this.#follower.replaced(instead, line.element);
    else this.#follower.added({ element: line.element, mine: frame.mine, ofMany: frame.seq < this.#historyUpTo });
    if (frame.mine) return;
    this.#delivered.upTo(frame.seq);
    this.#reading.watch(line.element);
    this.#typists.stopped(speakerOf(frame));
    this.#typists.stopped('');
    if (payload?.type === 'form') this.#afterForm({ another: true });
    if (frame.seq <= this.#historyUpTo) return;
    if (payload?.type === 'form') this.#takeToForm();
    line.element.classList.toggle('arriving', instead === null);
    this.#partners.spoke(frame.id);
    this.#bell.message();
  }

  /** What belongs to a form is shown there. @param {import('./protocol.js').MessageFrame} frame @returns {boolean} whether it does */
  #onAnswers({ seq, mine, payload }) {
    if (payload?.type !== 'form_state' && !(mine && payload?.type === 'answers')) return false;
    if (!this.#log.pass(seq)) return true;
    this.#suggest();
    if (payload.type === 'answers') {
      this.#forms.heard(payload);
      return true;
    }
    this.#delivered.upTo(seq);
    const wasOpen = this.#forms.open;
    const focus = this.#forms.judged(payload);
    if (!wasOpen || this.#forms.open) return true;
    clearTimeout(this.#formOver?.timer);
    this.#formOver = { timer: setTimeout(() => this.#afterForm(), NEXT_FORM_MS), focus };
    if (this.#place.inConversation) this.#afterForm();
    return true;
  }

  /** A form is over, and the person goes on with another one or with what they write. */
  #afterForm({ another = false } = {}) {
    const focus = this.#formOver?.focus ?? false;
    clearTimeout(this.#formOver?.timer);
    this.#formOver = null;
    this.#openComposer();
    if (focus && !another) this.#composer.focus();
  }

  /** Whoever is writing goes on with that first. */
  #takeToForm() {
    if (this.#seat.draft.trim() === '') this.#forms.focus();
  }

  /** Whose words are seen need not be said to be typing. @param {import('./protocol.js').TypingFrame} frame */
  #onTyping(frame) {
    if (!this.#growth.has(frame.id)) this.#typists.show(frame);
  }

  /** @param {import('./protocol.js').GrowingFrame} frame */
  #onGrowing(frame) {
    this.#typists.stopped(frame.id);
    this.#growth.show(frame);
  }

  /** @param {import('./protocol.js').AckFrame} frame */
  #onAck(frame) {
    this.#seat.drop(frame.message_id);
    if (!this.#log.acknowledge(frame.message_id, frame.seq)) this.#log.pass(frame.seq);
    this.#reactions.dress(this.#log.line(frame.seq));
    this.#suggest();
  }

  /** @param {import('./protocol.js').PlaceFrame} frame */
  #onPlace(frame) {
    if (frame.place !== 'task') this.#onTalk(null);
    const waited = this.#place.isWaiting;
    const moved = this.#place.show(frame);
    this.#uploads.most = frame.uploads?.bytes ?? 0;
    if (waited && frame.place === 'task') this.#bell.found();
    if (moved) this.#afterForm();
    else this.#openComposer();
    if (!moved) return;
    this.#log.beginPlace();
    this.#leavePartners();
  }

  /** What stands around the conversation. @param {import('./protocol.js').TalkFrame | null} frame null once it is over */
  #onTalk(frame) {
    this.#talk.show(frame);
    this.#instructions.show(frame?.instructions);
    this.#pasting.rule = frame?.paste ?? 'allow';
    this.#reactions.follow(frame);
    // What was about to be replied to is so after a reload, too, as long as that conversation goes on.
    const replyTo = this.#seat.replyTo ?? 0;
    const may = frame?.replies && replyTo >= (frame.from ?? Infinity);
    this.#replying.to(may ? this.#log.line(replyTo) : null);
  }

  /** What was shown of the others is over. */
  #leavePartners() {
    this.#partners.clear();
    this.#typists.clear();
    this.#growth.clear();
  }

  /** @param {import('./protocol.js').PartnerFrame} frame */
  #onPartner(frame) {
    if (frame.state !== 'back') this.#typists.stopped(frame.id);
    this.#partners.show(frame);
  }

  /** @param {import('./protocol.js').ErrorFrame} frame */
  #onError(frame) {
    this.#notice(frame.text || words.notTaken);
    if (frame.message_id && frame.code !== 'too_fast') this.#refused(frame.message_id, frame.text);
  }

  /** @param {import('./line.js').Line} line */
  #reply(line) {
    this.#replying.to(line);
    byId('input', HTMLTextAreaElement).focus({ preventScroll: true });
  }

  /** @param {string} text @param {import('./uploads.js').Upload | null} [upload] @param {number} [replyTo] a line's number */
  #say(text, upload = null, replyTo = undefined) {
    const reply = replyTo === undefined ? {} : { reply_to: replyTo };
    const written = { text, ...(upload && { payload: upload }), ...reply, ...this.#pasting.take() };
    const said = { message_id: newMessageId(), at: Date.now() / 1000, refused: false, ...written };
    this.#notice('');
    this.#seat.keep(said);
    const { element } = this.#log.showUnrecorded(said);
    element.classList.add('arriving');
    this.#follower.added({ element, mine: true, ofMany: false });
    this.#suggest();
    this.#transmit(said);
  }

  /** @param {import('./protocol.js').Answers} payload */
  #answer(payload) {
    const said = { message_id: newMessageId(), text: '', at: Date.now() / 1000, refused: false, payload };
    this.#seat.keep(said);
    this.#transmit(said);
  }

  /** @param {import('./seat.js').Unrecorded} said */
  #transmit({ message_id, text, payload, pasted, typed_ms, reply_to }) {
    const answers = payload && { payload: payload.type === 'answers' ? withAges(payload) : payload };
    this.#connection.send({ type: 'message', message_id, text, reply_to, pasted, typed_ms, ...answers }, { expectsAnswer: true });
  }

  /** @param {string} messageId @param {string} [why] */
  #refused(messageId, why = '') {
    const answers = this.#seat.find(messageId)?.payload;
    if (answers?.type === 'answers') {
      this.#seat.drop(messageId);
      this.#forms.refused(answers, why);
      return;
    }
    this.#seat.mark(messageId, true);
    this.#log.refuse(messageId);
    this.#follower.toEnd();
    this.#suggest();
  }

  /** @param {string} messageId */
  #retry(messageId) {
    const said = this.#seat.find(messageId);
    if (said === undefined) return;
    if (said.lost) {
      this.#edit(messageId);
      return;
    }
    this.#takeBack(messageId);
    this.#composer.focus();
    this.#say(said.text, uploadOf(said), said.reply_to);
  }

  /** @param {string} messageId */
  #edit(messageId) {
    const said = this.#seat.find(messageId);
    if (said === undefined) return;
    this.#takeBack(messageId);
    this.#composer.restore(said.text);
    this.#uploads.put(uploadOf(said));
    this.#replying.to(this.#log.line(said.reply_to));
    if (said.lost) this.#notice(words.fileLost);
  }

  /** @param {string} messageId */
  #takeBack(messageId) {
    this.#seat.drop(messageId);
    this.#log.takeBack(messageId);
  }

  /** @param {number} closeCode */
  #down(closeCode) {
    this.#typists.clear();
    if (closeCode === CLOSED.goodbye) this.#end({ type: 'ended', reason: 'goodbye', text: '' });
    if (closeCode === CLOSED.elsewhere) this.#end({ type: 'ended', reason: 'elsewhere', text: '' });
    if (closeCode === CLOSED.link) this.#end({ type: 'ended', reason: 'link', text: '', again: false });
    if (closeCode === CLOSED.tooLarge) this.#giveUpLargest();
    if (this.#ended === 'closing') this.#stillClosed();
    else if (this.#ended === null || this.#restarting) this.#explain();
  }

  /** Say why nothing comes: where the server answers and no websocket has ever opened, waiting is no use. */
  async #explain() {
    const shown = box('connection');
    if (shown.textContent !== words.noWebsocket) shown.textContent = words.reconnecting;
    if (this.#connection.neverOpened < NEVER_OPENED_TIMES || !(await serverAnswers())) return;
    if (!this.#connection.ready && shown.textContent === words.reconnecting) shown.textContent = words.noWebsocket;
  }

  /** The service was not there when the person tried: they may try again, and so does the page. */
  #stillClosed() {
    if (!this.#restarting) return;
    this.#setRestarting(false);
    this.#connection.closeForNow();
  }

  /** The server let go because of one message. Sent again as it is, it would do so for ever. */
  #giveUpLargest() {
    const [largest] = this.#seat.unsent.sort((one, other) => lengthOf(other) - lengthOf(one));
    if (largest === undefined) return;
    this.#notice(words.tooLong);
    this.#refused(largest.message_id);
  }

  /** @param {import('./protocol.js').EndedFrame} frame */
  #end(frame) {
    const { reason } = frame;
    this.#ended = reason;
    if (reason === 'closing') this.#connection.closeForNow();
    else this.#connection.close();
    if (reason === 'goodbye' || reason === 'left') {
      for (const unsent of this.#seat.unsent) this.#refused(unsent.message_id);
    }
    this.#place.clear();
    this.#uploads.most = 0;
    this.#leavePartners();
    this.#onTalk(null);
    this.#setRestarting(false);
    document.body.dataset.ended = reason;
    this.#suggest();
    this.#openComposer();
    this.#ending.show(frame);
  }

  #restart() {
    this.#setRestarting(true);
    this.#connection.open();
  }

  /** @param {boolean} restarting */
  #setRestarting(restarting) {
    this.#restarting = restarting;
    this.#ending.setBusy(restarting);
    box('connection').textContent = restarting ? words.connecting : '';
  }

  #reopen() {
    this.#setRestarting(false);
    if (this.#ended === null) return;
    this.#ended = null;
    this.#log.beginPlace();
    delete document.body.dataset.ended;
    this.#ending.hide();
    this.#openComposer();
    this.#composer.focus();
  }

  /** In a conversation people go on talking beside a form; elsewhere it is all there is to do. */
  #openComposer() {
    const ended = this.#ended !== null;
    this.#forms.pause(ended);
    const filling = this.#forms.open || this.#formOver !== null;
    this.#composer.setOpen(!ended && (!filling || this.#place.inConversation));
  }

  #suggest() {
    this.#composer.suggest(this.#ended === null ? this.#log.offered : []);
  }

  /**
   * Nobody wants a whole conversation read out again after a reload: only what follows is announced.
   * @param {number} upTo
   */
  #readHistoryQuietly(upTo) {
    this.#historyUpTo = upTo;
    if (this.#log.complete >= upTo) return;
    box('log').setAttribute('aria-live', 'off');
    setTimeout(() => box('log').setAttribute('aria-live', 'polite'), HISTORY_QUIET_MS);
  }

  /** @param {string} text */
  #notice(text) {
    clearTimeout(this.#noticeTimer);
    box('notice').textContent = text;
    if (text !== '') this.#noticeTimer = setTimeout(() => this.#notice(''), NOTICE_SHOWN_MS);
  }

  /** @param {string} title */
  #name(title) {
    this.#bell.title = title || this.#bell.title;
    box('title').textContent = this.#bell.title;
  }

  #looked() {
    if (document.visibilityState === 'visible') this.#connection.probe();
  }
}

/** Whether the server is there for anything but a websocket. */
async function serverAnswers() {
  try {
    return (await fetch('healthz', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

/** @param {import('./seat.js').Unrecorded} said */
function uploadOf({ payload }) {
  return payload && payload.type !== 'answers' ? payload : null;
}

/** @param {import('./seat.js').Unrecorded} said */
function lengthOf(said) {
  return said.text.length + (uploadOf(said)?.data.length ?? 0);
}

/** Answers as they are sent: with how long ago everything was, as no clock but the server's counts. @param {import('./protocol.js').Answers} payload */
function withAges({ times = {}, ...answers }) {
  const now = Date.now();
  const ages = Object.entries(times).map(([name, moments]) => [
    name,
    Object.fromEntries(Object.entries(moments).map(([what, at]) => [what, Math.max(0, now - at)])),
  ]);
  return { ...answers, times: Object.fromEntries(ages) };
}

/** 128 random bits. crypto.randomUUID is not there on pages served over plain http to another machine. */
function newMessageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

new Chat().start();
