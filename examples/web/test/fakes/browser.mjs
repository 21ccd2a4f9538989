/** What the step-up touches of a browser: a server, a camera, a recorder and the dialog, all of them scripted. */

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

/** A camera that counts how often it is switched on and off. */
export class FakeCamera {
  /** @param {Error} [trouble] what asking for it leads to instead */
  constructor(trouble) {
    this.trouble = trouble;
    this.on = 0;
    /** What was asked for, each time. @type {string[][]} */
    this.asked = [];
  }

  install() {
    const open = async (wanted) => {
      this.asked.push(Object.keys(wanted));
      if (this.trouble) throw this.trouble;
      this.on += 1;
      const track = { readyState: 'live', kind: 'video', stop: () => { if (track.readyState === 'live') this.on -= 1; track.readyState = 'ended'; } };
      return { active: true, getTracks: () => [track] };
    };
    const value = { mediaDevices: { getUserMedia: open } };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
    globalThis.window = { isSecureContext: true, MediaRecorder: FakeRecorder };
    globalThis.MediaRecorder = FakeRecorder;
  }
}

class FakeRecorder {
  static isTypeSupported = (type) => type.endsWith('/webm');
  state = 'inactive';
  mimeType = 'video/webm';
  start() { this.state = 'recording'; }
  stop() {
    this.state = 'inactive';
    this.ondataavailable({ data: new Blob(['take']) });
    this.onstop();
  }
}

/** The dialog. Its script says what is pressed; `close` closes it. */
export class FakeView {
  /** @param {string[]} script */
  constructor(script) {
    this.script = script;
    this.preview = { play: async () => {} };
    this.picture = { preview: { play: async () => {}, videoWidth: 640, videoHeight: 480 }, chosenFile: () => this.file };
    /** What was shown, in order. */
    this.shown = [];
    /** @type {any[]} */
    this.problems = [];
    this.phrases = [];
    this.closing = new AbortController();
  }

  open() {}
  close() { this.closing.abort(); }
  isOpen() { return !this.closing.signal.aborted; }
  show(state) { this.shown.push(state); }
  showReview(request) { this.shown.push('review'); this.reviewed = request; }
  async showConsent() { this.shown.push('consent'); }
  showFraming(mode) { this.shown.push(`framing:${mode}`); }
  showPicture(picture) { this.shown.push('looking'); this.looked = picture; }
  showReady({ phrase }, mode) { this.shown.push(`ready:${mode}`); this.phrases.push(phrase); }
  async showDone(line) { this.shown.push('done'); this.line = line; }
  chosenFile() { return this.file; }
  async unlessClosed(promise) { return promise; }
  async countDown() { return 'go'; }
  async recordingRuns() { return this.action(['stop', 'redo']); }

  upload() {
    const stop = new AbortController();
    if (this.script[0] === 'abort') queueMicrotask(() => { this.script.shift(); stop.abort(); });
    return { signal: stop.signal, onProgress: () => {}, onSent: () => {} };
  }

  async showProblem(problem, situation) {
    this.shown.push('problem');
    this.problems.push({ code: problem.code, ...situation });
    return this.action(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'file', 'finish']);
  }

  async action(names) {
    const pressed = this.script.shift() ?? 'close';
    if (pressed === 'close') {
      this.close();
      throw new DOMException('closed', 'AbortError');
    }
    if (pressed !== 'expired' && !names.includes(pressed)) throw new Error(`${pressed} is not on offer: ${names}`);
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
