/** The mounted routes of BiometryGate. */

import { call } from './call.js';
import { Problem } from './problem.js';
import { send } from './upload.js';

/**
 * @typedef {object} Challenge
 * @property {string} id session id, opaque
 * @property {string} phrase
 * @property {number} expiresAt server time, milliseconds since the epoch
 * @property {import('../scanner/pieces.js').Spoken[]} [spoken] what of the operation the phrase begins with
 */

/**
 * What the dialog needs of a client. Everything throws a `Problem` when it is refused.
 * @typedef {object} Client
 * @property {(wanted: {policy?: string, intent?: string, subject?: string}) => Promise<Challenge>} start
 * @property {(id?: string, handle?: string) => Promise<any>} status without an id the caller's one live session is meant
 * @property {(id: string) => Promise<any>} end
 * @property {() => Promise<Record<'authorization'|'storage', {given?: boolean}>>} consent
 * @property {(choices: {authorization?: true, storage?: true, text_version?: string}) => Promise<any>} giveConsent an absent key
 *   changes nothing
 * @property {(challenge: Challenge, capture: File, progress: Progress) => Promise<{expiresAt: number}>} verify anything but an
 *   explicit pass throws. Until when the proof is good, or `NaN`
 * @property {(picture: File, progress: Progress) => Promise<any>} enrollFace
 * @property {(challenge: Challenge, recording: File, progress: Progress) => Promise<any>} enrollVoice
 * @property {(id: string, picture: File, progress: Progress) => Promise<any>} checkDocument
 * @property {(id: string, picture: File, progress: Progress) => Promise<{document_matched?: boolean}>} matchFaces
 * @typedef {import('./upload.js').Progress} Progress
 */

/** @param {string} mount where the routes are mounted, `/biometry` for example @returns {Client} */
export function nativeClient(mount) {
  const routes = onThisSite(mount);
  const upload = (route, field, file, headers, progress) => {
    const form = new FormData();
    form.append(field, file, file.name);
    return send(`${routes}/${route}`, form, { headers, ...progress });
  };
  return {
    start: async (wanted) => readChallenge(await call('POST', `${routes}/session/start`, { json: wanted })),
    status: (id, handle) => call('GET', `${routes}/session${handle ? `?return=${encodeURIComponent(handle)}` : ''}`, { headers: named(id) }),
    end: (id) => call('POST', `${routes}/session/end`, { headers: named(id) }),
    consent: () => call('GET', `${routes}/consent`),
    giveConsent: (choices) => call('POST', `${routes}/consent`, { json: choices }),
    async verify({ id }, capture, progress) {
      const answer = await upload('verify', 'video', capture, named(id), progress);
      if (answer.scoring_result !== 'pass') throw new Problem('unreadable-answer');
      return { expiresAt: Date.parse(answer.decision?.expires_at) };
    },
    enrollFace: (picture, progress) => upload('enroll/face', 'face', picture, {}, progress),
    enrollVoice: ({ id }, recording, progress) => upload('enroll/voice', 'voice', recording, named(id), progress),
    checkDocument: (id, picture, progress) => upload('document/check', 'document', picture, named(id), progress),
    matchFaces: (id, picture, progress) =>
      upload('face/match', 'image', picture, { ...named(id), 'X-Use-Prefilled-Video': 'true' }, progress),
  };
}

/** The routes are on the site itself, wherever the page's `<base>` leads. */
function onThisSite(mount) {
  const site = globalThis.origin;
  return (site && site !== 'null' ? new URL(mount, site).href : mount).replace(/\/+$/, '');
}

/** What the start of a session answers, in either dialect. @returns {Challenge} */
export function readChallenge(answer) {
  const expiresAt = Date.parse(answer.expires_at);
  if (!answer.data || !answer.phrase || Number.isNaN(expiresAt)) throw new Problem('unreadable-answer');
  return { id: answer.data, phrase: answer.phrase, spoken: answer.spoken, expiresAt };
}

function named(id) {
  return id ? { 'X-Session-ID': id } : {};
}
