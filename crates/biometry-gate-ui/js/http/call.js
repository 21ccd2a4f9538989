/** JSON both ways, and every refusal a {@link Problem}. */

import { Problem, textOf } from './problem.js';

/** The server's clock minus this device's, in milliseconds, from the `Date` of the latest answer. */
let skew = 0;

/** @returns {number} the server's time as well as it is known here, milliseconds since the epoch */
export const serverNow = () => Date.now() + skew;

/**
 * @param {string} method @param {string} path
 * @param {{json?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the JSON of a 2xx answer
 * @throws {Problem}
 */
export async function call(method, path, { json, headers = {}, signal } = {}) {
  const request = { method, signal, cache: 'no-store', credentials: 'same-origin', headers: { accept: 'application/json', ...headers } };
  if (json !== undefined) {
    request.headers['content-type'] = 'application/json';
    request.body = JSON.stringify(json);
  }
  try {
    const response = await fetch(path, request);
    return interpret(response.status, (name) => response.headers.get(name), await response.text());
  } catch (error) {
    if (error instanceof Problem || error.name === 'AbortError') throw error;
    throw new Problem('network-error');
  }
}

/**
 * The JSON of an answer, or the problem that it describes.
 * @param {number} status @param {(name: string) => string|null} header @param {string} text
 */
export function interpret(status, header, text) {
  noteClock(header('date'));
  const body = parse(text);
  if (status >= 200 && status < 300) {
    if (body === undefined) throw new Problem('unreadable-answer', { status, request_id: header('x-request-id') });
    return body;
  }
  const members = { ...body, status, request_id: body?.request_id ?? header('x-request-id'), retryAfter: seconds(header('retry-after')) };
  throw new Problem(textOf(body?.code) ?? 'unreadable-answer', members);
}

function parse(text) {
  if (text === '') return {};
  try {
    const body = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

function noteClock(date) {
  const time = Date.parse(date ?? '');
  // The header counts whole seconds: half a second is its expected error.
  if (!Number.isNaN(time)) skew = Math.abs(time + 500 - Date.now()) < 1500 ? 0 : time + 500 - Date.now();
}

function seconds(retryAfter) {
  if (!retryAfter) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const time = Date.parse(retryAfter);
  return Number.isNaN(time) ? undefined : Math.max(0, (time - serverNow()) / 1000);
}
