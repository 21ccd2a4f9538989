/** The part of the dialog in which a picture is taken or chosen, and looked at before it is sent. */

import { byId } from './dom.js';

/** What to do, by the kind of picture. */
const WORDS = {
  portrait: { framing: 'Your face, from the front', looking: 'Is this you, clear and alone?', hint: 'Look straight into the camera, in good light, with nobody else in the picture.', alt: 'The picture of your face' },
  document: { framing: 'The page with your photo', looking: 'Can you read every line?', hint: 'Lay it flat, without glare, with all four corners in the picture.', alt: 'The picture of your document' },
};

export class PictureView {
  /** @param {import('./stepup-view.js').StepUpView} view */
  constructor(view) {
    this.preview = /** @type {HTMLVideoElement} */ (byId('picture-preview'));
    this.file = /** @type {HTMLInputElement} */ (byId('picture-file'));
    this.shown = /** @type {HTMLImageElement} */ (byId('picture-shown'));
    this.file.addEventListener('change', () => { if (this.file.files.length > 0) view.fire('chosen-picture'); });
  }

  /** @param {'portrait'|'document'} kind @param {'camera'|'file'} mode */
  framing(kind, mode) {
    this.#say(kind, 'framing', WORDS[kind].hint);
    this.#arrange(kind, mode);
    byId(mode === 'camera' ? 'shoot' : 'picture-file').focus();
  }

  /** @param {'portrait'|'document'} kind @param {Blob} picture */
  looking(kind, picture) {
    this.#say(kind, 'looking', 'It has not been sent yet.');
    this.#forget();
    this.shown.src = URL.createObjectURL(picture);
    this.shown.alt = WORDS[kind].alt;
    this.#arrange(kind, 'looking');
    byId('picture-heading').focus();
  }

  chosenFile() {
    return this.file.files[0];
  }

  /** Lets go of the picture. */
  rest() {
    this.#forget();
    this.file.value = '';
  }

  #forget() {
    if (this.shown.src) URL.revokeObjectURL(this.shown.src);
    this.shown.removeAttribute('src');
  }

  #say(kind, phase, hint) {
    byId('picture-heading').textContent = WORDS[kind][phase];
    byId('picture-hint').textContent = hint;
  }

  #arrange(kind, phase) {
    byId('picture-frame').dataset.kind = kind;
    const shown = {
      'picture-frame': phase !== 'file', 'picture-preview': phase === 'camera', 'picture-guide': phase === 'camera' && kind === 'portrait',
      'picture-paper': phase === 'camera' && kind === 'document', 'picture-shown': phase === 'looking',
      'picture-drop': phase === 'file', shoot: phase === 'camera', 'picture-use-file': phase === 'camera', 'picture-use-camera': phase === 'file',
      'picture-send': phase === 'looking', 'picture-again': phase === 'looking',
    };
    for (const [id, visible] of Object.entries(shown)) byId(id).toggleAttribute('hidden', !visible);
  }
}
