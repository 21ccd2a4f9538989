/** Setting oneself up: a picture of the face, and the voice. */

import * as biometry from './biometry.js';
import { byId, oneAtATime } from './dom.js';

/** Templates are kept, so both choices are needed. */
const NEEDS = ['authorization', 'storage'];

export class Enrolment {
  /**
   * @param {object} host
   * @param {(request: import('./picture.js').PictureRequest) => Promise<boolean>} host.picture
   * @param {(request: import('./stepup.js').Request) => Promise<boolean>} host.approve
   */
  constructor({ picture, approve }) {
    this.picture = picture;
    this.approve = approve;
    this.#offer('enroll-face', 'enroll-face-done', () => this.#face());
    this.#offer('enroll-voice', 'enroll-voice-done', () => this.#voice());
  }

  /** Forgets what was set up here; what the service keeps is its own business. */
  reset() {
    for (const id of ['enroll-face-done', 'enroll-voice-done']) byId(id).hidden = true;
  }

  #offer(button, mark, work) {
    byId(button).addEventListener('click', () => oneAtATime(byId(button), async () => {
      if (await work()) byId(mark).hidden = false;
    }));
  }

  #face() {
    return this.picture({
      kind: 'portrait',
      needs: NEEDS,
      send: async (picture, progress) => {
        await biometry.enrollFace(picture, progress);
        return 'From now on your videos are compared with it.';
      },
    });
  }

  #voice() {
    return this.approve({
      kind: 'voice',
      policy: 'statement',
      needs: NEEDS,
      heading: 'Add your voice',
      reason: 'Later videos are compared with it.',
      display: [],
      submit: biometry.enrollVoice,
      finish: async () => 'From now on your voice counts as well.',
    });
  }
}
