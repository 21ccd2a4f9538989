/**
 * The mounted routes through the platform's official web SDK, unchanged: it takes the bank for the platform.
 *
 * The SDK is the file that npm installed; the bank serves it. What it has no method for goes the dialog's own way: reading
 * consent, the state of a session, and a start that names a policy or an intent.
 */

import { Refusal } from './bank.js';

const MOUNT = '/biometry';
const INSTALLED = '/sdk/biometry-sdk.js';
/** The SDK wants a key and sends it along. The bank has its own and does not look at this one. */
const NO_KEY = 'the-bank-has-the-key';
/** The policy of a session that names none. */
const DEFAULT_POLICY = 'statement';
/** The SDK tells a status and words, and no code. These statuses have one meaning only. */
const CODES = {
  401: 'authentication-required', 404: 'session-unknown', 409: 'session-busy', 410: 'session-expired',
  413: 'upload-too-large', 415: 'unsupported-media', 429: 'too-many-attempts', 502: 'platform-error', 503: 'platform-unavailable',
  504: 'platform-timeout',
};

/**
 * @param {import('biometry-gate-ui/dialog').Client} native for what the SDK has no method for
 * @param {() => string} whoami the name that the bank knows the caller by
 * @returns {Promise<import('biometry-gate-ui/dialog').Client>} rejects where the SDK is not installed
 */
export async function officialSdk(native, whoami) {
  const { BiometrySDK } = await import(INSTALLED);
  BiometrySDK.BASE_URL = MOUNT;
  return through(new BiometrySDK(NO_KEY), native, whoami);
}

/** @param {any} sdk @param {import('biometry-gate-ui/dialog').Client} native @param {() => string} whoami */
export function through(sdk, native, whoami) {
  return {
    ...native,
    async start(wanted) {
      if (wanted.policy !== DEFAULT_POLICY || wanted.intent || wanted.subject) return native.start(wanted);
      const { data, phrase, spoken, expires_at: expiresAt } = await said(sdk.startSession());
      return { id: data, phrase, spoken, expiresAt: Date.parse(expiresAt) };
    },
    end: (id) => said(sdk.endSession(id)),

    async giveConsent({ authorization, storage }) {
      if (authorization) await said(sdk.giveAuthorizationConsent(true, whoami()));
      if (storage) await said(sdk.giveStorageConsent(true, whoami()));
    },
    async withdrawConsent(what) {
      await said(sdk.giveStorageConsent(false, whoami()));
      if (what === 'all') await said(sdk.giveAuthorizationConsent(false, whoami()));
    },

    async verify({ id, phrase }, capture, progress) {
      const answer = await sent(progress, sdk.processVideo(capture, phrase, whoami(), { sessionId: id }));
      if (answer.scoring_result !== 'pass') throw problem(answer.code ?? 'verification-failed', answer);
      return { expiresAt: Date.parse(answer.decision?.expires_at) };
    },
    async enrollFace(picture, progress) {
      const { data } = await sent(progress, sdk.enrollFace(picture, whoami()));
      return judged(isGood(data?.enrollment_result?.code), 'enrollment-failed', data?.enrollment_result);
    },
    async enrollVoice({ id, phrase }, recording, progress) {
      const { data } = await sent(progress, sdk.enrollVoice(recording, whoami(), phrase, { sessionId: id }));
      return judged(data?.status === 'good' || data?.status === 'enrolled', 'enrollment-failed');
    },
    async checkDocument(id, picture, progress) {
      const answer = await sent(progress, sdk.checkDocAuth(picture, whoami(), { sessionId: id }));
      return judged(answer.scoring_result === 'pass', 'document-rejected', answer);
    },
    async matchFaces(id, picture, progress) {
      const answer = await sent(progress, sdk.matchFaces(picture, null, whoami(), true, { sessionId: id }));
      const { data } = answer;
      return judged(isGood(data?.code) && (data?.result === 1 || data?.result === true), 'match-failed', answer);
    },
  };
}

/** An upload: the SDK tells nothing of its progress and cannot be stopped, so it counts as sent from the start. */
function sent(progress, answer) {
  progress.onSent();
  return said(answer);
}

/** The body of the SDK's answer, or the problem that its error tells of. */
async function said(answer) {
  try {
    return (await answer).body;
  } catch (error) {
    throw problemOf(error);
  }
}

/** Reads `Error 403: the words`; what the SDK does not say itself is a failure on the way. */
export function problemOf({ message }) {
  const told = /^Error (\d{3}): (.*)$/s.exec(message);
  if (!told) return problem('network-error');
  const status = Number(told[1]);
  return problem(CODES[status] ?? 'refused', { status, detail: told[2] });
}

function judged(isGranted, code, answer = {}) {
  if (!isGranted) throw problem(code);
  return answer;
}

function isGood(code) {
  return code === 0 || code === 200;
}

/** The shape in which the dialog takes problems. */
function problem(code, members = {}) {
  return Object.assign(new Refusal(code, members), { name: 'Problem', status: members.status, detail: members.detail });
}
