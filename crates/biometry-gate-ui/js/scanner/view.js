/** What the scanner shows. It decides nothing. */

import { build, fitOval, icon, oval, say } from '../dialog/dom.js';
import { clock } from '../words/index.js';
import { ACCEPTED } from './container.js';
import { runDown } from './ticker.js';

/** The words that the platform's vocabulary has: in any language of the page they are read as English. */
const ENGLISH = /^(zero|one|two|three|four|five|six|seven|eight|nine)$/;
/** Below this many seconds the clock of the phrase asks for attention. */
const LOW_SECONDS = 30;
/** Which parts show in which state; `camera` also needs a picture to be shown. */
const SHOWN = {
  idle: ['open', 'use-file'],
  opening: ['view'],
  ready: ['say', 'view', 'record', 'use-file'],
  countdown: ['say', 'view', 'stop', 'redo'],
  recording: ['say', 'view', 'stop', 'redo', 'rec'],
  file: ['say', 'drop', 'use-camera'],
  problem: ['use-file', 'open'],
  done: ['notice'],
};

export class ScannerView {
  #stopClock = () => {};
  #words = [];

  /**
   * @param {ShadowRoot} root @param {import('../words/index.js').Words} words @param {'video'|'voice'} kind
   * @param {(action: string) => void} pressed
   */
  constructor(root, words, kind, pressed) {
    this.words = words;
    this.kind = kind;
    const say = (key) => words.say(key, kind);
    const button = (name, look, key) => this.#part(name, build(`button.button.${look}#${name}`, {
      type: 'button', part: `button ${look}`, 'data-action': name, 'aria-describedby': name === 'record' ? 'phrase' : undefined,
      click: (event) => { if (event.currentTarget.ariaDisabled !== 'true') pressed(name); },
    }, say(key)));
    this.parts = {};
    this.frame = build('div.scan', { part: 'scan', lang: words.lang, dir: words.dir },
      this.#part('say', build('div.say', {},
        this.#part('about', build('p.about', { hidden: true })),
        build('h3#read', { tabindex: '-1' }, say('scan.read')),
        this.#part('phrase', build('div.phrase#phrase', { part: 'phrase', role: 'group', 'aria-labelledby': 'read' })),
        this.#part('fuse', build('p.fuse-line', { hidden: true }, build('span.fuse', { 'aria-hidden': 'true' }, build('span')), build('span.expiry', { role: 'timer' }))))),
      this.#part('notice', build('p.notice', { role: 'alert', hidden: true })),
      this.#part('view', this.#viewfinder(say)),
      this.#part('drop', build('div.drop', { part: 'drop' }, build('p', {}, say('scan.drop')),
        build('label.button.primary', { for: 'file', part: 'button primary' }, say('scan.choose')),
        this.#part('file', build('input.sr-only#file', { type: 'file', accept: ACCEPTED, 'aria-label': say('scan.choose'), 'aria-describedby': 'phrase', change: () => { if (this.parts.file.files.length > 0) pressed('chosen'); } })))),
      build('div.actions', {}, button('open', 'primary', 'scan.open'), button('record', 'primary', 'scan.record'), button('stop', 'stop', 'scan.stop'),
        button('redo', 'quiet', 'scan.redo'), button('use-file', 'quiet', 'scan.file'), button('use-camera', 'quiet', 'scan.camera')),
      this.#part('live', build('p.sr-only', { role: 'status' })));
    // The attribute alone mutes what a parser makes, and this was not parsed.
    this.parts.preview.muted = true;
    if (kind !== 'voice') fitOval(this.frame.querySelector('.guide'), this.parts.preview);
    root.replaceChildren(this.frame);
  }

  get preview() {
    return this.parts.preview;
  }

  /** @param {keyof SHOWN} state @param {boolean} canFilm whether the camera can be had here at all */
  show(state, canFilm = true) {
    this.frame.dataset.state = state;
    const shown = SHOWN[state].filter((name) => (name !== 'use-file' || this.kind !== 'voice') && (name !== 'use-camera' || canFilm));
    for (const name of ['open', 'say', 'view', 'record', 'stop', 'redo', 'rec', 'drop', 'use-file', 'use-camera']) this.parts[name].hidden = !shown.includes(name);
    this.parts.count.replaceChildren();
    this.parts.stop.ariaDisabled = 'true';
    for (const word of this.#words) word.classList.remove('now', 'said');
    if (state === 'file') this.parts.file.value = '';
    // A page without a camera may still have a camera app.
    if (!canFilm) this.parts.file.setAttribute('capture', 'user');
  }

  /** Moves the focus to what comes next. */
  focus(name) {
    this.parts[name].focus();
  }

  /** @param {string} text at the top; none hides it @param {'good'|'wait'} [tone] */
  notice(text, tone = 'wait') {
    this.parts.notice.dataset.tone = tone;
    say(this.parts.notice, text);
  }

  /** @param {string|{label: string, value: string}[]} lines what is being approved, kept in sight */
  about(lines) {
    const { about } = this.parts;
    about.hidden = lines.length === 0;
    const line = ({ label, value }) => build('span', {}, build('bdi', {}, `${label}:`), ' ', build('bdi', {}, String(value)));
    about.replaceChildren(...(typeof lines === 'string' ? [lines] : lines.map(line)));
  }

  /** @param {import('./pieces.js').Piece[]} pieces of the phrase, each under what it stands for */
  read(pieces) {
    const isParted = pieces.length > 1;
    this.parts.phrase.classList.toggle('parted', isParted);
    this.parts.phrase.replaceChildren(...pieces.map((piece) => (isParted ? this.#piece(piece) : spell(piece))));
    this.#words = [...this.parts.phrase.querySelectorAll('.word')];
  }

  #piece({ label, value, words }) {
    const isFresh = label === undefined;
    const meaning = isFresh ? [this.words.say('scan.fresh', this.kind)] : [build('bdi', {}, label), ' ', build('bdi.value', { part: 'value' }, value)];
    return build('div.piece', { part: isFresh ? 'fresh' : 'spoken' }, build('p.meaning', { part: 'meaning' }, ...meaning), spell({ words }));
  }

  /** @param {number} until server time; `NaN` shows no clock @param {() => void} over */
  runClock(until, over) {
    this.#stopClock();
    this.parts.fuse.hidden = Number.isNaN(until);
    if (Number.isNaN(until)) return;
    const [fuse, expiry] = this.parts.fuse.children;
    let whole = 0;
    this.#stopClock = runDown(until, (left) => {
      whole ||= left;
      expiry.textContent = this.words.say('scan.good', this.kind, { time: clock(left) });
      expiry.classList.toggle('low', left < LOW_SECONDS);
      fuse.firstChild.style.setProperty('--left', String(left / (whole || 1)));
    }, over);
  }

  stopClock() {
    this.#stopClock();
  }

  count(number) {
    // A new element restarts the animation.
    this.parts.count.replaceChildren(build('b', {}, String(number)));
    if (number === 3) this.parts.live.textContent = this.words.say('scan.soon', this.kind, { n: number });
  }

  /**
   * Paces the reader: the words light up one after the other over the length of the take.
   * @param {number} length milliseconds @param {(passed: number) => boolean} mayStop
   * @returns {() => void} stops it
   */
  pace(length, mayStop) {
    this.parts.live.textContent = '';
    const began = performance.now();
    const perWord = (length - 1000) / Math.max(1, this.#words.length);
    let frame = 0;
    const step = () => {
      const passed = performance.now() - began;
      const now = Math.floor(passed / perWord);
      this.#words.forEach((word, index) => {
        word.classList.toggle('now', index === now);
        word.classList.toggle('said', index < now);
      });
      this.parts.time.textContent = clock(Math.floor(passed / 1000));
      this.parts.bar.style.setProperty('--done', String(Math.min(1, passed / length)));
      this.parts.stop.ariaDisabled = String(!mayStop(passed));
      frame = requestAnimationFrame(step);
    };
    step();
    return () => cancelAnimationFrame(frame);
  }

  #viewfinder(say) {
    const isVoice = this.kind === 'voice';
    return build('div.view', { part: 'viewfinder' },
      this.#part('preview', build('video.mirrored', { muted: true, playsinline: true, autoplay: true, hidden: isVoice, 'aria-label': say('scan.preview') })),
      isVoice ? icon('voice') : oval(),
      this.#part('count', build('span.count', { 'aria-hidden': 'true' })),
      this.#part('rec', build('span.rec', { 'aria-hidden': 'true' }, build('i'), this.#part('time', build('span')))),
      build('span.bar', { 'aria-hidden': 'true' }, this.#part('bar', build('span'))));
  }

  #part(name, element) {
    this.parts[name] = element;
    return element;
  }
}

function spell({ words }) {
  const lang = words.every((word) => ENGLISH.test(word)) ? 'en' : undefined;
  return build('p.words', { dir: 'auto', lang }, ...words.flatMap((word) => [build('span.word', {}, word), ' ']));
}
