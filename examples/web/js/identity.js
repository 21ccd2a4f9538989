/** An identity document: its picture first, then a live video, then the comparison of the two. */

import * as biometry from './biometry.js';
import { byId, oneAtATime } from './dom.js';

/** Nothing to show while the faces are compared: that takes a moment and cannot be stopped. */
const QUIETLY = { onProgress: () => {}, onSent: () => {}, signal: new AbortController().signal };

export class Identity {
  /**
   * @param {object} host
   * @param {(request: import('./picture.js').PictureRequest) => Promise<boolean>} host.picture
   * @param {(request: import('./stepup.js').Request) => Promise<boolean>} host.approve
   */
  constructor({ picture, approve }) {
    this.picture = picture;
    this.approve = approve;
    const button = byId('identity-start');
    button.addEventListener('click', () => oneAtATime(button, () => this.#walk()));
    this.reset();
  }

  /** Forgets how far somebody got. */
  reset() {
    this.#mark(0);
  }

  async #walk() {
    this.#mark(0);
    const paper = await this.#document();
    if (!paper) return;
    this.#mark(1);
    if (await this.#comparison(paper)) this.#mark(3);
  }

  /** The picture of an accepted document. It is kept until the comparison, here and nowhere else. */
  async #document() {
    let accepted = null;
    await this.picture({
      kind: 'document',
      needs: ['authorization'],
      send: async (picture, progress) => {
        await biometry.checkDocument(picture, progress);
        accepted = picture;
        return 'Next: a short video of you, to compare with it.';
      },
    });
    return accepted;
  }

  #comparison(paper) {
    return this.approve({
      policy: 'statement',
      heading: 'And now, you',
      reason: 'A short video shows that you are there; then it is compared with the photo in your document.',
      display: [],
      finish: async ({ session }) => {
        this.#mark(2);
        await biometry.matchFaces(session, paper, QUIETLY);
        return 'The photo in your document shows you.';
      },
    });
  }

  #mark(reached) {
    [...byId('identity-steps').children].forEach((item, index) => {
      item.dataset.done = String(index < reached);
      if (index === reached) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    });
    byId('identity').dataset.reached = String(reached);
    byId('identity-done').hidden = reached < 3;
    byId('identity-start').textContent = reached === 0 ? 'Check my document' : 'Start again';
  }
}
