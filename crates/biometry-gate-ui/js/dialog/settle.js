/** What became of an upload whose answer was lost: the server knows, and the browser asks it. */

import { Problem, isProblem } from '../http/problem.js';

/** First quickly, for what was stopped here; then for as long as a check may take. */
const WAITS_MS = [150, 250, 400, ...Array(100).fill(1000)];

/** Whether an upload that ended like this may have arrived all the same. */
export function isDoubtful(error) {
  const codes = ['network-error', 'no-answer', 'session-busy', 'unreadable-answer'];
  return error.name === 'AbortError' || (isProblem(error) && codes.includes(error.code));
}

/**
 * Waits until a session is no longer being looked at.
 * @param {Pick<import('../http/client.js').Client, 'status'>} client @param {string} [id]
 * @param {{signal: AbortSignal, wait?: (milliseconds: number) => Promise<void>}} options
 * @returns {Promise<any>} the session
 * @throws {Problem} `no-answer` where that takes too long
 */
export async function settled(client, id, { signal, wait = pause }) {
  for (const milliseconds of WAITS_MS) {
    const session = await client.status(id);
    signal.throwIfAborted();
    if (session.state !== 'processing' && session.state !== 'uploading') return session;
    await wait(milliseconds);
    signal.throwIfAborted();
  }
  throw new Problem('no-answer');
}

/**
 * What a lost answer came to.
 * @param {any} session as the server knows it now @param {Error} doubt what the upload ended with here
 * @returns {{expiresAt: number}|null} the proof, or `null` where the same phrase is as good as before
 * @throws {Problem} for everything else
 */
export function readTruth({ state, expires_at: expiresAt, attempts_left: attemptsLeft }, doubt) {
  switch (state) {
    case 'passed': return { expiresAt: Date.parse(expiresAt) };
    case 'issued':
      if (doubt.name === 'AbortError') return null;
      throw new Problem('upload-broken');
    case 'failed': throw new Problem('verification-failed', { attempts_left: attemptsLeft });
    case 'expired': throw new Problem('session-expired');
    default: throw new Problem('session-busy');
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
