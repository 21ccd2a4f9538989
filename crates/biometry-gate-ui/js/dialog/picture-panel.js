/** The panel in which a picture is taken or chosen, and looked at before it is sent. */

import { fitOval } from './dom.js';
import { closeDevices, openDevices, showPreview } from '../scanner/devices.js';

export class PicturePanel {
  #stream = null;

  /** @param {HTMLElement} dialog @param {import('../words/index.js').Words} words @param {string} kind */
  constructor(dialog, words, kind) {
    this.dialog = dialog;
    this.words = words;
    this.kind = kind;
    // The attribute alone mutes what a parser makes, and this was not parsed.
    this.preview.muted = true;
    fitOval(this.#at('picture-frame').querySelector('.guide'), this.preview);
  }

  get preview() {
    return this.#at('picture-preview');
  }

  /** The chosen file, where there is one. */
  get file() {
    return this.#at('picture-file').files[0];
  }

  /** Opens the camera and waits for its first picture. @param {() => boolean} isWanted whether it still is by then @throws {Problem} */
  async open(isWanted) {
    const stream = await openDevices(this.kind);
    if (!isWanted()) return closeDevices(stream);
    this.#stream = stream;
    showPreview(this.preview, stream);
    await firstFrame(this.preview);
  }

  /** Puts the camera out and lets go of the picture. */
  close() {
    closeDevices(this.#stream);
    showPreview(this.preview, null);
    this.#stream = null;
    const { src } = this.#at('picture-shown');
    if (src) URL.revokeObjectURL(src);
  }

  /** @param {'camera'|'file'} mode */
  framing(mode) {
    this.#head('picture.frame');
    this.#arrange(mode);
    if (mode === 'file') this.#at('picture-file').value = '';
    (mode === 'camera' ? this.#button('shoot') : this.#at('picture-file')).focus();
  }

  /** @param {Blob} picture */
  looking(picture) {
    this.#head('picture.look');
    const shown = this.#at('picture-shown');
    shown.src = URL.createObjectURL(picture);
    shown.alt = this.words.say('picture.alt', this.kind);
    this.#arrange('looking');
    this.#at('picture-heading').focus();
  }

  #head(key) {
    const [heading, text] = this.words.both(key, this.kind);
    this.#at('picture-heading').textContent = heading;
    this.#at('picture-text').textContent = text;
  }

  #arrange(phase) {
    const shown = {
      'picture-frame': phase !== 'file', 'picture-preview': phase === 'camera', 'picture-shown': phase === 'looking', 'picture-drop': phase === 'file',
    };
    for (const [id, visible] of Object.entries(shown)) this.#at(id).hidden = !visible;
    const frame = this.#at('picture-frame');
    frame.querySelector('.guide').toggleAttribute('hidden', phase !== 'camera' || this.kind !== 'portrait');
    frame.querySelector('.paper').hidden = phase !== 'camera' || this.kind !== 'document';
    this.preview.classList.toggle('mirrored', this.kind === 'portrait');
    const offered = { shoot: 'camera', 'use-file': 'camera', 'use-camera': 'file', send: 'looking', again: 'looking' };
    for (const [name, when] of Object.entries(offered)) this.#button(name).hidden = phase !== when;
  }

  #at(id) {
    return this.dialog.querySelector(`#${id}`);
  }

  #button(action) {
    return this.dialog.querySelector(`[data-panel=picture] [data-action=${action}]`);
  }
}

/** Until there is one, a picture could only be black. */
function firstFrame(preview) {
  if (preview.videoWidth > 0) return undefined;
  return new Promise((resolve) => { preview.addEventListener('loadeddata', resolve, { once: true }); });
}
