/**
 * `<step-up-dialog>`: takes a person through a check, an enrolment or a document, in a modal dialog of its own.
 *
 * Its attribute `state` says where it is, `problem` which problem shows.
 */

import './biometry-scanner.js';
import { check } from './dialog/check.js';
import { takePicture } from './dialog/picture.js';
import { dialog } from './dialog/style.js';
import { base } from './dialog/style-base.js';
import { DialogView } from './dialog/view.js';
import { nativeClient } from './http/client.js';
import { Problem } from './http/problem.js';
import { wordsIn } from './words/index.js';

/** Templates are kept, so both choices are needed. */
const TO_ENROLL = ['authorization', 'storage'];

/** Where the page did not say it: `/biometry`. */
const DEFAULT_MOUNT = '/biometry';

export class StepUpDialog extends HTMLElement {
  /** Texts of the host's own, by the keys of `words/en.js`. @type {Record<string, string>} */
  texts = {};
  /** What a person chose instead of going on. @type {'alternative'|null} */
  outcome = null;

  #client = null;
  #view = null;

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [base, dialog];
    // A page that comes back out of the browser's cache shows no dialog of its former life.
    addEventListener('pageshow', ({ persisted }) => { if (persisted) this.#view?.cancel(); });
  }

  connectedCallback() {
    if (!this.hasAttribute('state')) this.setAttribute('state', 'closed');
  }

  disconnectedCallback() {
    this.#view?.cancel();
  }

  get mount() {
    return this.getAttribute('mount') ?? DEFAULT_MOUNT;
  }

  set mount(mount) {
    this.setAttribute('mount', mount);
  }

  /** Who speaks to the mounted routes. @returns {import('./http/client.js').Client} */
  get client() {
    return this.#client ?? nativeClient(this.mount);
  }

  set client(client) {
    this.#client = client;
  }

  /**
   * Checks that the right living person is there.
   * @param {object} refusal the problem document of a `step-up-required`
   * @param {{signal?: AbortSignal}} [options] `signal` closes the dialog
   * @returns {Promise<Result>} at the pass, or when the dialog was closed; `closed` settles once it is gone
   */
  stepUp({ step_up: { policy, intent, max_age: maxAge, next = [] }, reason }, { signal } = {}) {
    const alternative = this.#ownAddress(next.find(({ rel }) => rel === 'alternative')?.href);
    const context = { kind: 'stepup', isOperation: Boolean(intent), alternative };
    return this.#run(context, signal, (view, client, passed) =>
      check(view, client, { kind: 'stepup', policy, reason, maxAge, intent: intent?.id, display: intent?.display, passed }));
  }

  /** Signs in with a face: nobody is logged in yet. The host then redeems the pass. */
  signIn({ policy = 'login', subject, signal }) {
    return this.#run({ kind: 'login' }, signal, (view, client, passed) => check(view, client, { kind: 'login', policy, subject, passed }));
  }

  /** Enrolls a voice. */
  enrollVoice({ policy, signal } = {}) {
    return this.#run({ kind: 'voice' }, signal, (view, client, passed) =>
      check(view, client, { kind: 'voice', policy, needs: TO_ENROLL, submit: client.enrollVoice, passed }));
  }

  /** Enrolls a face from one picture. */
  enrollFace({ signal } = {}) {
    return this.#picture('portrait', TO_ENROLL, signal, (client, picture, progress) => client.enrollFace(picture, progress));
  }

  /** Checks a document in a session that passed; its photo has to be of the face in that session's video. */
  checkDocument({ session, signal }) {
    return this.#picture('document', ['authorization'], signal, async (client, picture, progress) => {
      await client.checkDocument(session, picture, progress);
      // The very picture that was accepted is the one that is compared.
      const matched = await client.matchFaces(session, picture, { ...progress, onProgress: () => {} });
      if (matched.document_matched !== true) throw new Problem('match-failed');
    });
  }

  #picture(kind, needs, signal, send) {
    return this.#run({ kind }, signal, async (view, client, passed) => {
      const end = await takePicture(view, client, { kind, needs, send: (picture, progress) => send(client, picture, progress) });
      if (end === 'done') passed({});
      return end;
    });
  }

  /** @typedef {{outcome: 'passed'|'closed'|'login'|'alternative', closed: Promise<void>, expiresAt?: number, session?: string, waited?: boolean}} Result */
  async #run(context, signal, walk) {
    if (this.#view) throw new DOMException('the dialog is open already', 'InvalidStateError');
    signal?.throwIfAborted();
    this.outcome = null;
    const words = await wordsIn(this.closest('[lang]')?.lang ?? '', this.texts);
    const view = this.#view = new DialogView(this, words, context);
    const cancel = () => view.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    return new Promise((resolve, reject) => {
      let close = () => {};
      const closed = new Promise((gone) => { close = gone; });
      walk(view, this.client, (proof) => resolve({ outcome: 'passed', ...proof, closed }))
        .then((end) => resolve({ outcome: this.outcome ?? end, closed }), reject)
        .finally(() => {
          signal?.removeEventListener('abort', cancel);
          view.close();
          this.#view = null;
          close();
        });
      // The walk has shown its first panel by now.
      view.open();
    });
  }

  /** An address of this site, which a refusal may name; anything else is left out. */
  #ownAddress(href) {
    if (!href) return undefined;
    const url = new URL(href, globalThis.origin === 'null' ? document.baseURI : globalThis.origin);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  }
}

if (!customElements.get('step-up-dialog')) customElements.define('step-up-dialog', StepUpDialog);
