/** The routes that BiometryGate mounts in the bank, through whichever client speaks for the page. */

import { native } from './native-client.js';

/**
 * @typedef {object} Challenge
 * @property {string} id session id, opaque
 * @property {string} phrase
 * @property {number} expiresAt server time, milliseconds since the epoch
 */

/** @typedef {import('./recorder.js').Capture} Capture @typedef {import('./upload.js').Progress} Progress */

/**
 * What the page needs of a client. Everything throws a `Problem` when it is refused.
 * @typedef {object} Client
 * @property {(wanted: {policy: string, intent?: string, subject?: string}) => Promise<Challenge & {display?: {label: string, value: string}[]}>} start
 *   opens a session and gets its phrase
 * @property {(id?: string) => Promise<any>} status without an id the caller's one live session is meant
 * @property {(id: string) => Promise<any>} end
 * @property {() => Promise<Record<'authorization'|'storage', {given?: boolean, since?: string, text_version?: string}>>} consent
 * @property {(choices: {authorization?: true, storage?: true}) => Promise<any>} giveConsent only what was ticked: an absent key
 *   changes nothing
 * @property {(what: 'all'|'storage') => Promise<any>} withdrawConsent
 * @property {() => Promise<{data?: any}>} consentHistory
 * @property {(challenge: Challenge, capture: Capture, progress: Progress) => Promise<{expiresAt: number}>} verify uploads a
 *   capture; anything but an explicit pass throws. Until when the proof is good, or `NaN`
 * @property {(picture: Capture, progress: Progress) => Promise<any>} enrollFace
 * @property {(challenge: Challenge, recording: Capture, progress: Progress) => Promise<any>} enrollVoice
 * @property {(id: string, picture: Capture, progress: Progress) => Promise<any>} checkDocument
 * @property {(id: string, picture: Capture, progress: Progress) => Promise<{document_matched?: boolean}>} matchFaces a picture with
 *   the video that the session passed with; whether it is the accepted document's
 */

/** @type {Client} */
let client = native;

/** Lets another client speak for the page from now on. @param {Client} other */
export function speakThrough(other) {
  client = other;
}

export { CONSENT_TEXT_VERSION } from './native-client.js';
export const start = (wanted) => client.start(wanted);
export const status = (id) => client.status(id);
export const end = (id) => client.end(id);
export const consent = () => client.consent();
export const giveConsent = (choices) => client.giveConsent(choices);
export const withdrawConsent = (what) => client.withdrawConsent(what);
export const consentHistory = () => client.consentHistory();
export const verify = (challenge, capture, progress) => client.verify(challenge, capture, progress);
export const enrollFace = (picture, progress) => client.enrollFace(picture, progress);
export const enrollVoice = (challenge, recording, progress) => client.enrollVoice(challenge, recording, progress);
export const checkDocument = (id, picture, progress) => client.checkDocument(id, picture, progress);
export const matchFaces = (id, picture, progress) => client.matchFaces(id, picture, progress);
