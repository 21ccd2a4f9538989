/** HTTP as this page speaks it: JSON both ways, and every refusal a {@link Problem}. */

/** Server clock minus this device's clock, in milliseconds, from the `Date` header of the latest answer. */
let skew = 0;

/** @returns {number} the server's time as well as it is known here, milliseconds since the epoch */
export function serverNow() {
  return Date.now() + skew;
}

/** A refusal (RFC 9457), or a failure on the way that has no answer at all. */
export class Problem extends Error {
  /**
   * @param {string} code of the server, or one of this page's own, such as `network-error`
   * @param {Record<string, any>} members of the problem document
   */
  constructor(code, members = {}) {
    super(code);
    this.code = code;
    /** @type {number|undefined} */
    this.status = members.status;
    /** @type {string|undefined} */
    this.title = textOf(members.title);
    /** @type {string|undefined} */
    this.detail = textOf(members.detail);
    /** @type {string|undefined} */
    this.requestId = textOf(members.request_id);
    /** @type {number|undefined} seconds */
    this.retryAfter = members.retryAfter;
    this.members = members;
  }
}

/**
 * Sends a request and reads the answer.
 * @param {string} method @param {string} path
 * @param {{json?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} options
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
 * Turns an answer into its JSON or into the problem it describes.
 * @param {number} status
 * @param {(name: string) => string|null} header
 * @param {string} text
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

function textOf(value) {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
