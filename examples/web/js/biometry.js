/** The routes that BiometryGate mounts in the bank. */

import { Problem, call } from './api.js';
import { send } from './upload.js';

const MOUNT = '/biometry';

/** Names the wording of the two choices in `index.html`: change it whenever that wording changes. */
export const CONSENT_TEXT_VERSION = 'alder-1';

/**
 * @typedef {object} Challenge
 * @property {string} id session id, opaque
 * @property {string} phrase
 * @property {number} expiresAt server time, milliseconds since the epoch
 */

/**
 * Opens a session and gets its phrase.
 * @param {{policy: string, intent?: string, subject?: string}} wanted
 * @returns {Promise<Challenge & {display?: {label: string, value: string}[]}>}
 */
export async function start(wanted) {
  const answer = await call('POST', `${MOUNT}/session/start`, { json: wanted });
  const expiresAt = Date.parse(answer.expires_at);
  if (!answer.data || !answer.phrase || Number.isNaN(expiresAt)) throw new Problem('unreadable-answer');
  return { id: answer.data, phrase: answer.phrase, expiresAt, display: answer.intent?.display };
}

/** @param {string} [id] without it the caller's one live session is meant */
export const status = (id) => call('GET', `${MOUNT}/session`, { headers: named(id) });

/** @param {string} id */
export const end = (id) => call('POST', `${MOUNT}/session/end`, { headers: named(id) });

/** @returns {Promise<Record<'authorization'|'storage', {given?: boolean, since?: string, text_version?: string}>>} */
export const consent = () => call('GET', `${MOUNT}/consent`);

/** @param {{authorization?: true, storage?: true}} choices only what was ticked: an absent key changes nothing */
export const giveConsent = (choices) =>
  call('POST', `${MOUNT}/consent`, { json: { ...choices, text_version: CONSENT_TEXT_VERSION } });

/** @param {'all'|'storage'} what */
export const withdrawConsent = (what) =>
  call('DELETE', what === 'all' ? `${MOUNT}/consent` : `${MOUNT}/consent?purpose=${what}`);

/**
 * Uploads a capture and waits for the verdict. Anything but an explicit pass throws.
 * @param {string} id @param {import('./recorder.js').Capture} capture
 * @param {import('./upload.js').Progress} progress
 * @returns {Promise<{expiresAt: number}>} until when the proof is good, or `NaN`
 */
export async function verify(id, capture, progress) {
  const form = new FormData();
  form.append('video', capture.blob, capture.name);
  const answer = await send(`${MOUNT}/verify`, form, { headers: named(id), ...progress });
  if (answer.scoring_result !== 'pass') throw new Problem('unreadable-answer');
  return { expiresAt: Date.parse(answer.decision?.expires_at) };
}

function named(id) {
  return id ? { 'X-Session-ID': id } : {};
}
