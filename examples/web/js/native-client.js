/** The mounted routes of BiometryGate in their native form. */

import { Problem, call } from './api.js';
import { send } from './upload.js';

export const MOUNT = '/biometry';

/** Names the wording of the two choices in `index.html`: change it whenever that wording changes. */
export const CONSENT_TEXT_VERSION = 'alder-2';

/** @type {import('./biometry.js').Client} */
export const native = {
  start: async (wanted) => readChallenge(await call('POST', `${MOUNT}/session/start`, { json: wanted })),
  status: (id) => call('GET', `${MOUNT}/session`, { headers: named(id) }),
  end: (id) => call('POST', `${MOUNT}/session/end`, { headers: named(id) }),

  consent: () => call('GET', `${MOUNT}/consent`),
  giveConsent: (choices) => call('POST', `${MOUNT}/consent`, { json: { ...choices, text_version: CONSENT_TEXT_VERSION } }),
  withdrawConsent: (what) => call('DELETE', what === 'all' ? `${MOUNT}/consent` : `${MOUNT}/consent?purpose=${what}`),
  // Histories have one form only, the platform's.
  consentHistory: () => call('GET', `${MOUNT}/api-consent/history`),

  async verify({ id }, capture, progress) {
    const answer = await upload('verify', { video: capture }, named(id), progress);
    if (answer.scoring_result !== 'pass') throw new Problem('unreadable-answer');
    return { expiresAt: Date.parse(answer.decision?.expires_at) };
  },
  enrollFace: (picture, progress) => upload('enroll/face', { face: picture }, {}, progress),
  enrollVoice: ({ id }, recording, progress) => upload('enroll/voice', { voice: recording }, named(id), progress),
  checkDocument: (id, picture, progress) => upload('document/check', { document: picture }, named(id), progress),
  matchFaces: (id, picture, progress) =>
    upload('face/match', { image: picture }, { ...named(id), 'X-Use-Prefilled-Video': 'true' }, progress),
};

/**
 * What the start of a session answers, in either dialect.
 * @returns {import('./biometry.js').Challenge & {display?: {label: string, value: string}[]}}
 */
export function readChallenge(answer) {
  const expiresAt = Date.parse(answer.expires_at);
  if (!answer.data || !answer.phrase || Number.isNaN(expiresAt)) throw new Problem('unreadable-answer');
  return { id: answer.data, phrase: answer.phrase, expiresAt, display: answer.intent?.display };
}

function upload(route, files, headers, progress) {
  const form = new FormData();
  for (const [field, { blob, name }] of Object.entries(files)) form.append(field, blob, name);
  return send(`${MOUNT}/${route}`, form, { headers, ...progress });
}

function named(id) {
  return id ? { 'X-Session-ID': id } : {};
}
