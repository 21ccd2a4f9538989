/** The part of the dialog in which a phrase is read: phrase, viewfinder, countdown and the running take. */

import { announce } from './announce.js';
import { build, byId, say } from './dom.js';
import { clock } from './format.js';
import { runDown } from './ticker.js';

const COUNT_FROM = 3;
/** Below this many seconds the clock of the phrase asks for attention. */
const LOW_SECONDS = 30;
/** A take that is stopped earlier than this, or before anything of it is there, has nothing worth sending. */
const SHORTEST_MS = 1000;

export class CaptureView {
  /** @param {import('./stepup-view.js').StepUpView} view */
  constructor(view) {
    this.view = view;
    this.preview = /** @type {HTMLVideoElement} */ (byId('preview'));
    this.file = /** @type {HTMLInputElement} */ (byId('video-file'));
    this.words = [];
    this.stopClock = () => {};
    this.file.addEventListener('change', () => { if (this.file.files.length > 0) view.fire('chosen'); });
  }

  /** Keeps in sight what is being approved. @param {{label: string, value: string}[]} display */
  remember(display) {
    say(byId('approving'), display.map(({ label, value }) => `${label}: ${value}`).join(' · '));
  }

  /** @param {import('./biometry.js').Challenge} challenge @param {'camera'|'file'} mode */
  ready({ phrase, expiresAt }, mode) {
    this.#setPhrase(phrase);
    this.#runClock(expiresAt);
    this.#arrange(mode === 'camera' ? 'ready' : 'file');
    byId(mode === 'camera' ? 'record' : 'video-file').focus();
  }

  chosenFile() {
    return this.file.files[0];
  }

  /** Counts down to the take. @returns {Promise<'redo'|'go'>} */
  async countDown() {
    this.view.show('countdown');
    this.#arrange('countdown');
    byId('redo').focus();
    announce(`Recording in ${COUNT_FROM} seconds.`);
    const redo = this.view.action(['redo']);
    for (let count = COUNT_FROM; count > 0; count -= 1) {
      this.#showCount(count);
      if (await Promise.race([redo, pause(1000)]) === 'redo') return 'redo';
    }
    byId('count').textContent = '';
    return 'go';
  }

  /**
   * Shows a running take until its time is over or a button is pressed.
   * @param {number} length milliseconds
   * @param {ReturnType<typeof import('./recorder.js').record>} take
   * @returns {Promise<'stop'|'redo'>}
   */
  async recordingRuns(length, { begun, finished }) {
    this.view.show('recording');
    this.#arrange('recording');
    byId('stop').focus();
    navigator.vibrate?.(60);
    // No announcement from here on: a screen reader's voice would end up in the recording.
    const drawing = this.#draw(length);
    begun.then(() => { drawing.hasBegun = true; });
    try {
      const action = this.view.action(['stop', 'redo']);
      return await Promise.race([action, pause(length).then(() => 'stop'), finished.then(() => 'stop')]);
    } finally {
      cancelAnimationFrame(drawing.frame);
    }
  }

  /** Clears what must not stay on the screen or run on. */
  rest() {
    this.stopClock();
    this.stopClock = () => {};
    this.words = [];
    byId('phrase').replaceChildren();
    this.file.value = '';
  }

  #setPhrase(phrase) {
    this.words = phrase.trim().split(/\s+/).map((word) => build('span', { class: 'word' }, word));
    byId('phrase').replaceChildren(...this.words.flatMap((word) => [word, ' ']));
  }

  #runClock(expiresAt) {
    const started = performance.now();
    let whole = 0;
    this.stopClock();
    this.stopClock = runDown(expiresAt, (left) => {
      whole ||= left + (performance.now() - started) / 1000;
      byId('phrase-expiry').textContent = `Good for ${clock(left)}`;
      byId('phrase-expiry').classList.toggle('low', left < LOW_SECONDS);
      byId('fuse').style.setProperty('--left', String(left / (whole || 1)));
    }, () => {});
  }

  #arrange(phase) {
    // Both buttons are there from the countdown on, so that the picture keeps its size; stopping waits for the take.
    const taking = phase === 'countdown' || phase === 'recording';
    const shown = {
      record: phase === 'ready', 'use-file': phase === 'ready' && this.view.kind !== 'voice', 'use-camera': phase === 'file', 'file-drop': phase === 'file',
      viewfinder: phase !== 'file', stop: taking, redo: taking, rec: phase === 'recording',
    };
    for (const [id, visible] of Object.entries(shown)) byId(id).hidden = !visible;
    byId('stop').setAttribute('aria-disabled', 'true');
    byId('count').textContent = '';
    byId('rec-bar').style.setProperty('--done', '0');
    for (const word of this.words) word.classList.remove('now', 'said');
  }

  #showCount(count) {
    const place = byId('count');
    // A new element restarts the animation of its class.
    place.replaceChildren(build('b', {}, String(count)));
  }

  /** Paces the reader: the words light up one after the other over the length of the take. */
  #draw(length) {
    const began = performance.now();
    const stop = byId('stop');
    const perWord = (length - 1000) / Math.max(1, this.words.length);
    const drawing = { frame: 0, hasBegun: false };
    const step = () => {
      const passed = performance.now() - began;
      const now = Math.floor(passed / perWord);
      this.words.forEach((word, index) => {
        word.classList.toggle('now', index === now);
        word.classList.toggle('said', index < now);
      });
      byId('rec-time').textContent = clock(Math.floor(passed / 1000));
      byId('rec-bar').style.setProperty('--done', String(Math.min(1, passed / length)));
      stop.setAttribute('aria-disabled', String(passed < SHORTEST_MS || !drawing.hasBegun));
      drawing.frame = requestAnimationFrame(step);
    };
    step();
    return drawing;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
