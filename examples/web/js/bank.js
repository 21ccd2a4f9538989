/** The bank's own routes. Those that the gate stands in front of take the person through a check where it asks for one. */

import { fetch as fetchWithStepUp } from '/biometry/ui/step-up.js';

/** A refusal (RFC 9457), or a failure on the way that has no answer at all: then its code is `network-error`. */
export class Refusal extends Error {
  constructor(code, members = {}) {
    super(code);
    this.code = code;
    this.members = members;
  }
}

/** Server clock minus this device's clock, in milliseconds, from the `Date` header of the latest answer. */
let skew = 0;

/** @returns {number} the server's time as well as it is known here, milliseconds since the epoch */
export const serverNow = () => Date.now() + skew;

/** @returns {Promise<{email: string}>} */
export const whoami = () => call('GET', '/api/whoami');

/** @param {string} email */
export const login = (email) => call('POST', '/login', { json: { email } });

/** Exchanges a passed check in login mode for a session of the bank, once. */
export const loginWithFace = () => call('POST', '/login/face');

export const logout = () => call('POST', '/logout');

/** @returns {Promise<{balance: unknown, entries: any[]}>} after a check, where the gate asks for one */
export const statement = () => call('GET', '/api/statement', { by: fetchWithStepUp });

/** The statement where the gate is open anyway. */
export const openStatement = () => call('GET', '/api/statement');

/** @param {{to: string, amount: string}} order @returns {Promise<{status: string, id: string}>} after a check of this very order */
export const transfer = (order) => call('POST', '/api/transfer', { json: order, by: fetchWithStepUp });

/** @returns {Promise<{daily: string, single: string}>} what may leave the account, for those who have shown a document */
export const limits = () => call('GET', '/api/limits');

/** @param {'all'|'storage'} what */
export const withdrawConsent = (what) => call('DELETE', what === 'all' ? '/biometry/consent' : `/biometry/consent?purpose=${what}`);

/** Histories have one form only, the platform's. */
export const consentHistory = () => call('GET', '/biometry/api-consent/history');

/** @returns {Promise<any>} the JSON of a 2xx answer; throws a `Refusal`, or what a cancelled step-up throws */
async function call(method, path, { json, by = globalThis.fetch } = {}) {
  const headers = { accept: 'application/json', ...(json && { 'content-type': 'application/json' }) };
  const response = await by(path, { method, headers, cache: 'no-store', body: json && JSON.stringify(json) }).catch((error) => {
    throw error instanceof TypeError ? new Refusal('network-error') : error;
  });
  const body = await response.json().catch(() => null);
  noteClock(response.headers.get('date'));
  if (response.ok && body) return body;
  throw new Refusal(body?.code ?? 'unreadable-answer', { status: response.status, ...body });
}

function noteClock(date) {
  const time = Date.parse(date ?? '');
  // The header counts whole seconds: half a second is its expected error.
  if (!Number.isNaN(time)) skew = Math.abs(time + 500 - Date.now()) < 1500 ? 0 : time + 500 - Date.now();
}
