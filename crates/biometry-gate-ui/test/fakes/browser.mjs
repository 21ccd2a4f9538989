/** What a check touches of a browser: a server and the dialog, both of them scripted. */

import { Problem } from '../../js/http/problem.js';

/** Answers by `METHOD path`; each entry is one answer, the last one stays. */
export class FakeServer {
  constructor(answers) {
    this.answers = { 'POST /biometry/session/end': [ok({})], ...answers };
    /** @type {{route: string, headers: Record<string, string>, body: any}[]} */
    this.requests = [];
  }

  answer(route, headers, body) {
    this.requests.push({ route, headers, body });
    const answers = this.answers[route];
    if (!answers) throw new Error(`nobody answers ${route}`);
    return answers.length > 1 ? answers.shift() : answers[0];
  }

  count(route) {
    return this.requests.filter((request) => request.route === route).length;
  }

  install() {
    const server = this;
    globalThis.fetch = async (path, { method, headers, body }) => {
      const { status, json } = server.answer(`${method} ${path}`, headers, body && JSON.parse(body));
      if (status < 0) throw new TypeError('the connection broke');
      return { status, headers: new Headers(), text: async () => JSON.stringify(json) };
    };
    globalThis.XMLHttpRequest = class {
      upload = {};
      headers = {};
      open(method, path) { this.route = `${method} ${path}`; }
      setRequestHeader(name, value) { this.headers[name] = value; }
      getResponseHeader() { return null; }
      abort() { this.aborted = true; this.onabort(); }
      send(form) {
        const answer = server.answer(this.route, this.headers, form);
        if (answer === NEVER) return;
        queueMicrotask(() => {
          if (this.aborted) return;
          if (answer.status < 0) return this.onerror();
          this.upload.onload?.();
          this.status = answer.status;
          this.responseText = JSON.stringify(answer.json);
          this.onload();
        });
      }
    };
  }
}

/** An answer that does not come. */
export const NEVER = { status: 0, json: null };

export const ok = (json) => ({ status: 200, json });
export const refused = (status, code, members = {}) => ({ status, json: { code, ...members } });

/** The dialog. Its script says what is pressed; `close` closes it. */
export class FakeView {
  /** @param {string[]} script @param {{file?: File, trouble?: Error}} [options] what is recorded or chosen; what the camera fails with */
  constructor(script, { file = new File(['take'], 'capture.webm'), trouble } = {}) {
    this.script = script;
    this.file = file;
    this.trouble = trouble;
    this.preview = { videoWidth: 640, videoHeight: 480 };
    /** How often the camera is on. */
    this.on = 0;
    this.opened = 0;
    /** What was shown, in order. */
    this.shown = [];
    /** @type {any[]} */
    this.problems = [];
    this.phrases = [];
    this.spoken = [];
    this.closing = new AbortController();
  }

  get signal() { return this.closing.signal; }
  isOpen() { return !this.signal.aborted; }
  show(state) { this.shown.push(state); }
  showReview(request) { this.shown.push('review'); this.reviewed = request; }
  async askConsent(required) { this.shown.push('consent'); this.asked = required; await this.action(['agree']); }
  showFraming(mode) { this.shown.push(`framing:${mode}`); }
  showPicture(picture) { this.shown.push('looking'); this.looked = picture; }
  async showDone() { this.shown.push('done'); }
  chosenPicture() { return this.file; }
  async unlessClosed(promise) { return promise; }

  async openCamera() {
    this.shown.push('opening.camera');
    this.opened += 1;
    if (this.trouble) throw this.trouble;
    if (this.script[0] === 'waiting') return this.script.shift() && 'file';
    this.on = 1;
    return 'open';
  }

  closeCamera() { this.on = 0; }

  async capture({ phrase, spoken }, { mode }) {
    this.shown.push(`ready:${mode}`);
    this.phrases.push(phrase);
    this.spoken.push(spoken);
    const pressed = await this.action(['record', 'chosen', 'use-file', 'use-camera', 'expired', 'muted']);
    if (pressed === 'expired') throw new Problem('session-expired');
    if (pressed === 'muted') throw new Problem('camera-muted');
    if (pressed.startsWith('use-')) return { to: pressed.slice(4) };
    return { file: this.file };
  }

  upload() {
    const stop = new AbortController();
    if (this.script[0] === 'abort') queueMicrotask(() => { this.script.shift(); stop.abort(); });
    return { signal: stop.signal, onProgress: () => {}, onSent: () => {} };
  }

  async showProblem(problem, situation) {
    this.shown.push('problem');
    this.problems.push({ code: problem.code, ...situation });
    return this.action(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'file']);
  }

  async action(names) {
    const pressed = this.script.shift() ?? 'close';
    if (pressed === 'close') {
      this.closing.abort();
      throw new DOMException('closed', 'AbortError');
    }
    if (!names.includes(pressed)) throw new Error(`${pressed} is not on offer: ${names}`);
    return pressed;
  }
}

/** A canvas that draws nothing and files that are pictures where they say so. */
export function installPictures() {
  globalThis.document = {
    createElement: () => ({
      getContext: () => ({ fillRect: () => {}, drawImage: () => {} }),
      toBlob(done, type) { done(new Blob([`${this.width}x${this.height}`], { type })); },
    }),
  };
  globalThis.createImageBitmap = async ({ type, size }) => {
    if (type !== 'image/png') throw new DOMException('no picture', 'InvalidStateError');
    return { width: size, height: 100, close: () => {} };
  };
}
