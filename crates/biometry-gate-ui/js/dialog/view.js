/** The dialog: which panel shows, what was pressed, when it was closed. It decides nothing. */

import { askConsent } from './consent.js';
import { build, icon, say } from './dom.js';
import { panels } from './panels.js';
import { PicturePanel } from './picture-panel.js';
import { showProblem } from './problem-panel.js';

/** How long the success stays before the dialog gives way to its result. */
const DONE_MS = 1200;
/** After this long a person deserves to hear that it goes on. */
const LONG_MS = 8000;
/** The panel and the step of each state. */
const PANELS = {
  review: ['review', 'review'], consent: ['consent', 'review'], opening: ['opening', 'record'], capture: ['capture', 'record'],
  framing: ['picture', 'record'], looking: ['picture', 'record'], sending: ['sending', 'check'], processing: ['sending', 'check'],
  done: ['done', 'check'], problem: ['problem'],
};
const ALL = ['review', 'record', 'check'];

export class DialogView {
  #closing = new AbortController();
  #timers = new Set();
  #scanner = null;
  #picture = null;

  /**
   * @param {HTMLElement} host @param {import('../words/index.js').Words} words
   * @param {{kind: string, isOperation?: boolean, alternative?: string}} context
   */
  constructor(host, words, { kind, isOperation, alternative }) {
    this.host = host;
    this.words = words;
    this.kind = kind;
    this.variant = isOperation ? 'intent' : kind;
    this.alternative = alternative;
    this.panels = panels((key) => this.words.say(key, this.kind), this.#button);
    this.dialog = this.#build();
    host.shadowRoot.replaceChildren(this.dialog);
    this.#listen();
  }

  /** Opens with the panel that was shown last: a browser lays it out once. */
  open() {
    this.dialog.showModal();
    this.#focus();
  }

  close() {
    this.closeCamera();
    this.#calm();
    this.#closing.abort();
    this.host.removeAttribute('problem');
    this.host.setAttribute('state', 'closed');
    if (this.dialog.open) this.dialog.close();
    this.host.shadowRoot.replaceChildren();
  }

  /** Ends the flow wherever it is. */
  cancel() {
    this.#closing.abort();
  }

  isOpen() {
    return !this.#closing.signal.aborted;
  }

  get signal() {
    return this.#closing.signal;
  }

  get preview() {
    return this.picture.preview;
  }

  /** Made when it is needed: what a dialog begins with shows sooner. */
  get scanner() {
    if (!this.#scanner) {
      this.#scanner = this.#panel('capture').querySelector('biometry-scanner');
      this.#scanner.setAttribute('kind', this.kind === 'voice' ? 'voice' : 'video');
      this.#scanner.prepare(this.words);
    }
    return this.#scanner;
  }

  get picture() {
    if (!this.#picture) {
      this.#panel('picture');
      this.#picture = new PicturePanel(this.dialog, this.words, this.kind);
    }
    return this.#picture;
  }

  /** Shows the panel of a state and moves the focus there. @param {string} key `opening.camera` is a text of the state `opening` */
  show(key) {
    const state = key.split('.')[0];
    const [panel, step] = PANELS[state];
    const arrives = this.#shown !== panel;
    this.#calm();
    // What was announced before is not to be read in this state.
    this.#at('live').textContent = '';
    this.#panel(panel);
    this.host.setAttribute('state', state);
    if (panel !== 'problem') this.host.removeAttribute('problem');
    for (const section of this.dialog.querySelectorAll('[data-panel]')) section.hidden = section.dataset.panel !== panel;
    if (['opening', 'sending', 'picture', 'done'].includes(panel) && key !== 'framing' && key !== 'looking') this.#head(panel, ...this.words.both(key, this.kind));
    if (panel === 'sending') this.#arrangeSending(state);
    if (step) this.#mark(step);
    if (arrives && this.dialog.open) this.#focus();
  }

  /** @param {import('./check.js').Check & {maxAge?: number}} request */
  showReview({ reason, display = [], maxAge }) {
    const age = Number.isFinite(maxAge) ? this.words.duration(maxAge) : '';
    this.#panel('review');
    const key = this.words.knows(`review.${reason}`) ? `review.${reason}` : 'review.absent';
    this.#at('review-heading').textContent = this.words.say('review.heading', this.variant);
    say(this.#at('review-reason'), age || this.variant !== 'stepup' ? this.words.say(key, this.variant, { age }) : '');
    this.#at('review-display').replaceChildren(...display.map(({ label, value }) => build('div', {}, build('dt', {}, String(label)), build('dd', { dir: 'auto' }, String(value)))));
    this.#at('review-display').hidden = display.length === 0;
    this.show('review');
  }

  /** Shows the two choices, and gives what is ticked. */
  async askConsent(required, client) {
    this.#panel('consent');
    await this.unlessClosed(askConsent(this.dialog, this.words, { required, client, show: () => this.show('consent') }));
  }

  /** @returns {Promise<'open'|'file'>} rejects with a `Problem` */
  async openCamera() {
    this.show('opening.camera');
    const file = this.#control('opening', 'file');
    file.hidden = true;
    this.#later(LONG_MS, () => {
      this.#at('opening-text').textContent = this.words.say('opening.waiting', this.kind);
      file.hidden = this.kind === 'voice';
    });
    const opened = this.#open().then(() => 'open');
    opened.catch(() => {});
    return Promise.race([this.unlessClosed(opened), this.action(['file'])]).finally(() => this.#calm());
  }

  closeCamera() {
    this.#scanner?.close();
    this.#picture?.close();
  }

  /**
   * Lets a phrase be read into the camera, or a file be chosen.
   * @param {import('../http/client.js').Challenge} challenge
   * @param {{display: {label: string, value: string}[], mode: 'camera'|'file'}} how
   * @returns {Promise<{file?: File, to?: 'camera'|'file'}>} rejects with a `Problem`
   */
  capture({ phrase, spoken, expiresAt }, { display, mode }) {
    const { scanner } = this;
    const listening = new AbortController();
    const events = new Promise((resolve, reject) => {
      const on = (name, listener) => scanner.addEventListener(name, listener, { signal: listening.signal });
      on('capture', ({ detail }) => resolve(detail));
      on('problem', ({ detail }) => reject(detail.problem));
      on('use-file', () => resolve({ to: 'file' }));
      on('use-camera', () => resolve({ to: 'camera' }));
      on('statechange', () => { if (['ready', 'countdown', 'recording', 'file'].includes(scanner.state)) this.host.setAttribute('state', scanner.state === 'file' ? 'ready' : scanner.state); });
    });
    scanner.phrase = phrase;
    scanner.spoken = spoken;
    this.show('capture');
    // A line that is spoken shows where it is said.
    const about = display.filter((line) => !spoken?.some(({ label, value }) => label === line.label && value === line.value));
    scanner.offer({ about, expiresAt, file: mode === 'file' });
    return this.unlessClosed(events).finally(() => listening.abort());
  }

  /** @param {'camera'|'file'} mode */
  showFraming(mode) {
    this.show('framing');
    this.picture.framing(mode);
  }

  /** @param {Blob} picture to be looked at before it is sent */
  showPicture(picture) {
    this.show('looking');
    this.picture.looking(picture);
  }

  chosenPicture() {
    return this.picture.file;
  }

  /** What an upload reports to, and how it is stopped. @returns {import('../http/upload.js').Progress} */
  upload() {
    const bar = this.#at('progress');
    const stop = new AbortController();
    this.action(['abort']).catch(() => {}).then(() => stop.abort());
    bar.value = 0;
    return {
      signal: stop.signal,
      onProgress: (fraction) => {
        if (this.host.getAttribute('state') !== 'sending') return;
        bar.value = Math.round(fraction * 100);
        this.#at('sending-text').textContent = new Intl.NumberFormat(this.words.lang, { style: 'percent' }).format(fraction);
      },
      onSent: () => { if (this.isOpen()) this.show('processing'); },
    };
  }

  async showDone() {
    this.show('done');
    this.#announce(this.#at('done-heading').textContent);
    await this.unlessClosed(new Promise((resolve) => { setTimeout(resolve, DONE_MS); })).catch(() => {});
  }

  /**
   * Explains a problem and waits for the choice of what to do.
   * @param {import('../http/problem.js').Problem} problem
   * @param {{hasPhrase: boolean, hasCapture: boolean, filesHelp: boolean}} situation
   */
  async showProblem(problem, situation) {
    this.show('problem');
    this.host.setAttribute('problem', problem.code);
    const text = showProblem(this.dialog, problem, { situation, kind: this.kind, words: this.words, later: (delay, work) => this.#later(delay, work) });
    this.#announce(text);
    return this.action(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'file']);
  }

  /** Waits for one of the named actions. @returns {Promise<string>} rejects with `AbortError` when the dialog is closed */
  action(names) {
    const listening = new AbortController();
    return this.unlessClosed(new Promise((resolve) => {
      const listen = ({ detail }) => { if (names.includes(detail)) resolve(detail); };
      this.dialog.addEventListener('step-up-action', listen, { signal: listening.signal });
    })).finally(() => listening.abort());
  }

  /**
   * The result of a promise, or `AbortError` when the dialog is closed first; a result that comes too late is disposed of.
   * @template T @param {Promise<T>} promise @param {(late: T) => void} [dispose] @returns {Promise<T>}
   */
  unlessClosed(promise, dispose = () => {}) {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const close = () => reject(signal.reason);
      if (signal.aborted) close();
      signal.addEventListener('abort', close, { once: true });
      promise.then((value) => (signal.aborted ? dispose(value) : resolve(value)), reject)
        .finally(() => signal.removeEventListener('abort', close));
    });
  }

  #build() {
    const speak = (key) => this.words.say(key, this.kind);
    const steps = ALL.map((step) => build('li', { 'data-step': step }, build('span', {}, speak(`step.${step}`))));
    const close = build('button.close', { type: 'button', part: 'close', 'data-action': 'cancel', 'aria-label': speak('close') }, icon('close'));
    return build('dialog.step-up', { part: 'dialog', 'aria-labelledby': 'title', lang: this.words.lang, dir: this.words.dir, 'data-kind': this.kind },
      build('div.frame', { part: 'frame' },
        build('div.head', { part: 'header' }, build('h2.title#title', { part: 'title' }, speak('title')),
          build('ol.steps', { part: 'steps', 'aria-label': speak('steps'), hidden: this.#takesPicture }, ...steps), close),
        build('p.sr-only#live', { role: 'status' })));
  }

  /** The panel of that name, which is made when it is first asked for. @returns {HTMLElement} */
  #panel(name) {
    const found = this.dialog.querySelector(`[data-panel="${name}"]`);
    if (found) return found;
    const made = this.panels[name]();
    for (const link of made.querySelectorAll('.alternative')) {
      link.hidden = !this.alternative;
      link.textContent = this.words.say('alternative', this.kind);
      if (this.alternative) link.href = this.alternative;
    }
    this.#at('live').before(made);
    return made;
  }

  #button = (name, look, key, hidden = false) =>
    build(look ? `button.button.${look}` : 'button.button', { type: 'button', part: `button ${look}`, 'data-action': name, hidden }, this.words.say(key, this.kind));

  #listen() {
    this.dialog.addEventListener('click', ({ target }) => {
      const pressed = target.closest('[data-action]');
      if (pressed?.dataset.action === 'cancel') this.cancel();
      else if (pressed?.type === 'button') this.#fire(pressed.dataset.action);
      if (target.closest('.alternative')) this.host.outcome = 'alternative';
    });
    this.dialog.addEventListener('cancel', (event) => { event.preventDefault(); this.cancel(); });
    this.dialog.addEventListener('close', () => this.cancel());
    this.dialog.addEventListener('change', ({ target }) => { if (target.id === 'picture-file' && this.chosenPicture()) this.#fire('chosen-picture'); });
  }

  #open() {
    return this.#takesPicture ? this.picture.open(() => this.isOpen() && this.host.getAttribute('state') === 'opening') : this.scanner.open();
  }

  get #takesPicture() {
    return this.kind === 'portrait' || this.kind === 'document';
  }

  get #shown() {
    return this.dialog.querySelector('[data-panel]:not([hidden])')?.dataset.panel;
  }

  #arrangeSending(state) {
    const isSending = state === 'sending';
    this.#control('sending', 'abort').hidden = !isSending;
    if (isSending) return;
    // Without a value the bar shows that it cannot tell how long this takes.
    this.#at('progress').removeAttribute('value');
    this.#announce(this.#at('sending-heading').textContent);
    this.#later(LONG_MS, () => say(this.#at('sending-text'), this.words.say('processing.long', this.kind)));
  }

  #focus() {
    this.dialog.querySelector(`[data-panel="${this.#shown}"] [data-focus]`)?.focus();
  }

  #later(milliseconds, work) {
    const timer = setTimeout(() => { this.#timers.delete(timer); work(); }, milliseconds);
    this.#timers.add(timer);
  }

  #calm() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #fire(detail) {
    this.dialog.dispatchEvent(new CustomEvent('step-up-action', { detail }));
  }

  #head(panel, heading, text) {
    this.#at(`${panel}-heading`).textContent = heading;
    const place = this.dialog.querySelector(`#${panel}-text`);
    if (place) place.textContent = text ?? '';
  }

  /** A region is read when its content changes: a repeated text must change in a later frame. */
  #announce(text) {
    const region = this.#at('live');
    region.textContent = '';
    requestAnimationFrame(() => { region.textContent = text; });
  }

  #mark(step) {
    let reached = true;
    for (const item of this.dialog.querySelectorAll('.steps li')) {
      const isCurrent = item.dataset.step === step;
      if (isCurrent) reached = false;
      if (isCurrent) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
      item.classList.toggle('past', reached);
    }
  }

  #at(id) {
    return this.dialog.querySelector(`#${id}`);
  }

  #control(panel, action) {
    return this.dialog.querySelector(`[data-panel="${panel}"] [data-action="${action}"]`);
  }
}
