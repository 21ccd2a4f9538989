/** Setting oneself up: a picture of the face, and the voice. */

import { byId, onPress } from './dom.js';

/** @param {{dialog: import('biometry-gate-ui/dialog').StepUpDialog, ended: (result: any) => Promise<boolean>}} host */
export function offerEnrolment({ dialog, ended }) {
  const offer = (button, enroll) => onPress(button, async () => {
    if (await ended(await enroll())) byId(`${button}-done`).hidden = false;
  });
  offer('enroll-face', () => dialog.enrollFace());
  offer('enroll-voice', () => dialog.enrollVoice({ policy: 'statement' }));
}

/** Forgets what was set up here; what the service keeps is its own business. */
export function forgetEnrolment() {
  for (const id of ['enroll-face-done', 'enroll-voice-done']) byId(id).hidden = true;
}
