/** The dialog of the step-up: which panel shows, what was pressed, when it was closed. It decides nothing. */

import { announce } from './announce.js';
import { CaptureView } from './capture-view.js';
import { consentChoices } from './consent-choices.js';
import { byId, fillFacts, say } from './dom.js';
import { PictureView } from './picture-view.js';
import { showProblem } from './problem-view.js';
import { KINDS, SCREENS } from './stepup-words.js';
import { runDown } from './ticker.js';

/** How long the success stays before the dialog gives way to its result. */
const DONE_MS = 1400;
/** After this long a person deserves to hear that it goes on. */
const LONG_MS = 8000;

export class StepUpView {
  constructor() {
    this.dialog = /** @type {HTMLDialogElement} */ (byId('stepup'));
    this.capture = new CaptureView(this);
    this.preview = this.capture.preview;
    this.picture = new PictureView(this);
    this.closing = new AbortController();
    this.dialog.addEventListener('click', (event) => this.#pressed(event));
    this.dialog.addEventListener('cancel', (event) => { event.preventDefault(); this.closing.abort(); });
    // The event comes late: the dialog may have been opened again by then.
    this.dialog.addEventListener('close', () => { if (!this.dialog.open) this.closing.abort(); });
  }

  /** @param {{kind: keyof KINDS}} context */
  open({ kind }) {
    this.kind = kind;
    this.closing = new AbortController();
    this.dialog.dataset.kind = kind;
    byId('stepup-title').textContent = KINDS[kind].title;
    // Three steps are no news to whoever takes one picture.
    byId('stepup-steps').hidden = this.#takesPicture();
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.capture.rest();
    this.picture.rest();
    this.dialog.dataset.state = 'closed';
    if (this.dialog.open) this.dialog.close();
  }

  isOpen() {
    return !this.closing.signal.aborted;
  }

  /** Shows the screen of a state and moves the focus there. @param {keyof SCREENS} state */
  show(state) {
    const { panel, step, heading, text } = { ...SCREENS[state], ...KINDS[this.kind][state] };
    const arrives = this.#panel() !== panel;
    // Observable from outside, one name per state: `opening-camera` and `opening-phrase` are one state.
    this.dialog.dataset.state = state.split('-')[0];
    for (const section of this.dialog.querySelectorAll('[data-panel]')) section.hidden = section.dataset.panel !== panel;
    if (panel !== 'capture') this.capture.rest();
    if (panel !== 'picture') this.picture.rest();
    if (panel !== 'problem') delete this.dialog.dataset.problem;
    if (heading) this.#head(panel, heading, text ?? '');
    if (panel === 'sending') byId('cancel-upload').hidden = state !== 'uploading';
    if (step) this.#mark(step);
    if (arrives) this.dialog.querySelector(`[data-panel="${panel}"] [data-focus]`)?.focus();
  }

  /** @param {import('./stepup.js').Request} request */
  showReview({ heading, reason, display }) {
    byId('review-heading').textContent = heading;
    byId('review-reason').textContent = reason;
    fillFacts(byId('review-display'), display);
    for (const how of this.dialog.querySelectorAll('[data-how]')) how.hidden = (how.dataset.how === 'voice') !== (this.kind === 'voice');
    this.capture.remember(display);
    this.show('review');
  }

  /**
   * Shows the two choices; the action `consented` follows once those that are needed are given.
   * @param {('authorization'|'storage')[]} required
   */
  async showConsent(required) {
    const choices = consentChoices(byId('stepup-consent'), {
      formId: 'stepup-consent-form',
      required,
      onGiven: (state) => { if (required.every((purpose) => state[purpose]?.given === true)) this.fire('consented'); },
    });
    await choices.refresh();
    this.show('consent');
  }

  /** @param {import('./biometry.js').Challenge} challenge @param {'camera'|'file'} mode */
  showReady(challenge, mode) {
    this.show('ready');
    this.capture.ready(challenge, mode);
  }

  /** @param {'camera'|'file'} mode */
  showFraming(mode) {
    this.show('framing');
    this.picture.framing(this.kind, mode);
  }

  /** @param {Blob} picture to be looked at before it is sent */
  showPicture(picture) {
    this.show('looking');
    this.picture.looking(this.kind, picture);
  }

  /** What the upload reports to, and how it is stopped. @returns {import('./upload.js').Progress} */
  upload() {
    const bar = /** @type {HTMLProgressElement} */ (byId('upload-progress'));
    const stop = new AbortController();
    this.action(['abort']).catch(() => {}).then(() => stop.abort());
    bar.value = 0;
    return {
      signal: stop.signal,
      onProgress: (fraction) => {
        bar.value = Math.round(fraction * 100);
        byId('sending-text').textContent = `${bar.value}%`;
      },
      onSent: () => {
        // Without a value the bar shows that it cannot tell how long this takes.
        bar.removeAttribute('value');
        this.show('processing');
        announce(`Sent. ${byId('sending-heading').textContent}.`);
        setTimeout(() => this.#stillAtIt(), LONG_MS);
      },
    };
  }

  /** @param {string} line what has been done now */
  async showDone(line) {
    this.show('done');
    byId('done-text').textContent = line;
    await this.unlessClosed(new Promise((resolve) => { setTimeout(resolve, DONE_MS); }), () => {}).catch(() => {});
  }

  /**
   * Explains a problem and waits for the choice of what to do.
   * @param {import('./api.js').Problem} problem
   * @param {import('./problem-view.js').Situation} situation
   */
  async showProblem(problem, situation) {
    const stop = showProblem(problem, { ...situation, kind: this.kind });
    this.show('problem');
    announce(byId('problem-text').textContent);
    try {
      return await this.action(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'file', 'finish']);
    } finally {
      stop();
    }
  }

  /**
   * Waits for one of the named actions.
   * @param {string[]} names
   * @param {number} [deadline] server time in milliseconds; `expired` is the answer then
   * @returns {Promise<string>} rejects with `AbortError` when the dialog is closed
   */
  action(names, deadline) {
    const { promise, settle } = this.#await(names);
    if (deadline === undefined) return promise;
    const stop = runDown(deadline, () => {}, () => settle('expired'));
    return promise.finally(stop);
  }

  /** Reports an action that is not a button of its own. @param {string} name */
  fire(name) {
    this.dialog.dispatchEvent(new CustomEvent('stepup-action', { detail: name }));
  }

  /**
   * The result of a promise, or `AbortError` when the dialog is closed first; a result that comes too late is disposed of.
   * @template T @param {Promise<T>} promise @param {(late: T) => void} [dispose] @returns {Promise<T>}
   */
  unlessClosed(promise, dispose = () => {}) {
    const { signal } = this.closing;
    return new Promise((resolve, reject) => {
      const close = () => reject(signal.reason);
      if (signal.aborted) close();
      signal.addEventListener('abort', close, { once: true });
      promise.then((value) => (signal.aborted ? dispose(value) : resolve(value)), reject);
    });
  }

  chosenFile() {
    return this.capture.chosenFile();
  }

  countDown() {
    return this.capture.countDown();
  }

  recordingRuns(length, take) {
    return this.capture.recordingRuns(length, take);
  }

  #await(names) {
    let settle = (_name) => {};
    const promise = this.unlessClosed(new Promise((resolve) => {
      const listen = ({ detail }) => { if (names.includes(detail)) settle(detail); };
      settle = (name) => {
        this.dialog.removeEventListener('stepup-action', listen);
        resolve(name);
      };
      this.dialog.addEventListener('stepup-action', listen);
    }));
    return { promise, settle };
  }

  #stillAtIt() {
    if (this.dialog.dataset.state === 'processing') say(byId('sending-text'), 'Still at it. Thank you for waiting.');
  }

  #pressed({ target }) {
    const button = target.closest('[data-action]');
    if (!button || button.getAttribute('aria-disabled') === 'true') return;
    const { action } = button.dataset;
    if (action === 'cancel') this.closing.abort();
    else this.fire(action);
  }

  #takesPicture() {
    return this.kind === 'portrait' || this.kind === 'document';
  }

  #panel() {
    return this.dialog.querySelector('[data-panel]:not([hidden])')?.getAttribute('data-panel');
  }

  #head(panel, heading, text) {
    byId(`${panel}-heading`).textContent = heading;
    byId(`${panel}-text`).textContent = text;
  }

  #mark(step) {
    let reached = true;
    for (const item of byId('stepup-steps').children) {
      const current = item.dataset.step === step;
      if (current) reached = false;
      if (current) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
      item.classList.toggle('past', reached);
    }
  }
}
