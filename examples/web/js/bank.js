/** The bank's own routes. */

import { call } from './api.js';

/** @returns {Promise<{email: string}>} */
export const whoami = () => call('GET', '/api/whoami');

/** @param {string} email */
export const login = (email) => call('POST', '/login', { json: { email } });

/** Exchanges a passed check in login mode for a session of the bank, once. */
export const loginWithFace = () => call('POST', '/login/face');

export const logout = () => call('POST', '/logout');

/** @returns {Promise<{balance: unknown, entries: any[]}>} */
export const statement = () => call('GET', '/api/statement');

/** @returns {Promise<{daily: string, single: string}>} what may leave the account, for those who have shown a document */
export const limits = () => call('GET', '/api/limits');

/** @param {{to: string, amount: string}} order @returns {Promise<{status: string, id: string}>} */
export const transfer = (order) => call('POST', '/api/transfer', { json: order });
