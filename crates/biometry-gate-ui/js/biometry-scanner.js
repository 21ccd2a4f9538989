/**
 * `<biometry-scanner phrase="three nine one" on-capture="sendIt">`: camera, phrase and recording; a `capture` event has the file.
 *
 * It sends nothing: what becomes of the file is the page's.
 */

import { base } from './dialog/style-base.js';
import { Problem } from './http/problem.js';
import { checkFile, findType } from './scanner/container.js';
import { closeDevices, isWithoutCamera, openDevices, showPreview } from './scanner/devices.js';
import { piecesOf } from './scanner/pieces.js';
import { scanner } from './scanner/style.js';
import { take, takeLength } from './scanner/take.js';
import { ScannerView } from './scanner/view.js';
import { wordsIn } from './words/index.js';

/** A recording is not begun when the phrase would run out before its end. */
const RESERVE_MS = 1500;

export class BiometryScanner extends HTMLElement {
  static observedAttributes = ['phrase', 'kind'];

  /** Texts of the page's own, by the keys of `words/en.js`. @type {Record<string, string>} */
  texts = {};
  /** Whether the dialog around it shows what goes wrong. */
  isManaged = false;

  #view = null;
  #stream = null;
  #taking = null;
  #expires = NaN;
  #spoken = undefined;
  #canFilm = true;
  #state = 'idle';
  #lost = () => this.#fail(new Problem('camera-lost'));

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [base, scanner];
    this.addEventListener('capture', ({ detail }) => callNamed(this.getAttribute('on-capture'), detail.file));
    // What the page set before this class was there.
    const { spoken } = this;
    delete this.spoken;
    this.spoken = spoken;
  }

  connectedCallback() {
    if (!this.isManaged) this.prepare();
  }

  disconnectedCallback() {
    this.close();
  }

  attributeChangedCallback(name) {
    if (name === 'phrase') this.#read();
    else if (this.#view && !this.isManaged) this.prepare();
  }

  /** `idle`, `opening`, `ready`, `countdown`, `recording`, `file`, `problem` or `done`. */
  get state() {
    return this.#state;
  }

  get phrase() {
    return this.getAttribute('phrase') ?? '';
  }

  set phrase(phrase) {
    this.setAttribute('phrase', phrase);
  }

  /** What of an operation the phrase begins with. @returns {import('./scanner/pieces.js').Spoken[]|undefined} */
  get spoken() {
    return this.#spoken;
  }

  set spoken(spoken) {
    this.#spoken = spoken;
    this.#read();
  }

  /** `video`, or `voice` for the microphone alone. */
  get kind() {
    return this.getAttribute('kind') === 'voice' ? 'voice' : 'video';
  }

  /** Builds what shows. @param {import('./words/index.js').Words} [words] */
  async prepare(words) {
    words ??= await wordsIn(this.closest('[lang]')?.lang ?? '', this.texts);
    this.#view = new ScannerView(this.shadowRoot, words, this.kind, (action) => this.#pressed(action));
    this.#read();
    this.#show('idle');
  }

  /** Opens camera and microphone. @throws {Problem} */
  async open() {
    this.close();
    this.#show('opening');
    try {
      const stream = await openDevices(this.kind);
      // Closed, or opened anew, while the browser asked.
      if (this.#state !== 'opening' || this.#stream) return closeDevices(stream);
      this.#stream = stream;
    } catch (problem) {
      this.#canFilm = !isWithoutCamera(problem);
      throw problem;
    }
    for (const track of this.#stream.getTracks()) track.addEventListener('ended', this.#lost);
    showPreview(this.#view.preview, this.#stream);
    // Found out while the person reads; a failure shows when the take begins.
    findType(this.#stream).catch(() => {});
  }

  /**
   * Offers the take, or the choice of a file.
   * @param {{about?: string|{label: string, value: string}[], expiresAt?: number, file?: boolean}} [options] what is approved; server
   *   time at which the phrase is over
   */
  offer({ about = '', expiresAt = NaN, file = false } = {}) {
    this.#expires = expiresAt;
    this.#view.notice('');
    if (!this.#read()) return this.#fail(new Problem('unreadable-answer'));
    this.#view.about(about);
    this.#view.runClock(expiresAt - (file ? 0 : takeLength(this.phrase) + RESERVE_MS), () => this.#fail(new Problem('session-expired')));
    this.#show(file ? 'file' : 'ready');
    this.#view.focus(file ? 'file' : 'record');
  }

  /** Ends what runs, and puts the camera out. */
  close() {
    this.#taking?.abort('closed');
    this.#taking = null;
    this.#view?.stopClock();
    for (const track of this.#stream?.getTracks() ?? []) track.removeEventListener('ended', this.#lost);
    closeDevices(this.#stream);
    if (this.#view) showPreview(this.#view.preview, null);
    this.#stream = null;
    if (this.#view) this.#show('idle');
  }

  async #pressed(action) {
    switch (action) {
      case 'open': return this.#openAlone();
      case 'record': return this.#record();
      case 'stop': return this.#taking?.abort('stop');
      case 'redo': return this.#taking?.abort('redo');
      case 'chosen': return this.#chosen();
      default: return this.#switch(action === 'use-file');
    }
  }

  async #openAlone() {
    try {
      await this.open();
      if (this.#stream) this.offer();
    } catch (problem) {
      this.#fail(problem);
    }
  }

  async #switch(toFile) {
    if (this.isManaged) return this.#tell(toFile ? 'use-file' : 'use-camera');
    if (!toFile) return this.#openAlone();
    this.close();
    this.offer({ expiresAt: this.#expires, file: true });
  }

  async #record() {
    this.#view.notice('');
    this.#taking = new AbortController();
    const { signal } = this.#taking;
    try {
      const file = await take(this.#stream, { view: this.#view, length: takeLength(this.phrase), stop: this.#taking, show: (state) => this.#show(state) });
      if (file) return this.#captured(file);
      if (signal.reason === 'closed') return;
      this.#show('ready');
      this.#view.focus('record');
      if (signal.reason === 'hidden') this.#view.notice(this.#view.words.say('scan.left', this.kind));
    } catch (problem) {
      this.#fail(problem);
    }
  }

  async #chosen() {
    try {
      this.#captured(await checkFile(this.#view.parts.file.files[0]));
    } catch (problem) {
      this.#fail(problem);
    }
  }

  #captured(file) {
    this.close();
    this.#show('done');
    if (!this.isManaged) this.#view.notice(this.#view.words.say('scan.done', this.kind), 'good');
    this.#tell('capture', { file });
  }

  #fail(problem) {
    const [title, text] = this.#view.words.both(`problem.${problem.code}`, this.kind);
    this.close();
    this.#show('problem', isWithoutCamera(problem));
    if (!this.isManaged) this.#view.notice(`${title}. ${text}`);
    this.#tell('problem', { problem });
  }

  #show(state) {
    this.#state = state;
    this.#view.show(state, this.#canFilm);
    this.#tell('statechange');
  }

  /** Shows the phrase in its pieces, or none of it where they are not its own. @returns {boolean} whether it shows */
  #read() {
    let pieces = [];
    try {
      pieces = piecesOf(this.phrase, this.#spoken);
    } catch {
      // Nothing shows that is not said.
    }
    this.#view?.read(pieces);
    return pieces.length > 0;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** `on-capture="film.send"` names a function of the page; it is looked up and never evaluated. */
function callNamed(name, file) {
  if (!name) return;
  const steps = name.trim().split('.');
  const owner = steps.slice(0, -1).reduce((object, step) => object?.[step], globalThis);
  const found = owner?.[steps.at(-1)];
  if (typeof found === 'function') found.call(owner, file);
  else console.error(`<biometry-scanner on-capture="${name}"> names no function`);
}

if (!customElements.get('biometry-scanner')) customElements.define('biometry-scanner', BiometryScanner);
