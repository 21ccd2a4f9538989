/** Sends a form and reports how much of it is gone: `fetch` cannot do that yet, `XMLHttpRequest` can. */

import { Problem, interpret } from './api.js';

/** Longer than the server gives an upload and the platform together. */
const PATIENCE_MS = 150_000;

/**
 * @typedef {object} Progress
 * @property {(fraction: number) => void} onProgress from 0 to 1
 * @property {() => void} onSent everything is gone, the answer is awaited
 * @property {AbortSignal} signal
 */

/**
 * @param {string} path @param {FormData} form
 * @param {Progress & {headers: Record<string, string>}} options
 * @returns {Promise<any>} the JSON of a 2xx answer
 * @throws {Problem|DOMException} a problem, or `AbortError` when the signal ended it
 */
export function send(path, form, { headers, onProgress, onSent, signal }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', path);
    xhr.timeout = PATIENCE_MS;
    xhr.setRequestHeader('accept', 'application/json');
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    xhr.upload.onload = onSent;
    xhr.onload = () => settle(xhr, resolve, reject);
    xhr.onerror = () => reject(new Problem('network-error'));
    xhr.ontimeout = () => reject(new Problem('no-answer'));
    xhr.onabort = () => reject(new DOMException('the upload was stopped', 'AbortError'));
    if (signal.aborted) return xhr.onabort();
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}

function settle(xhr, resolve, reject) {
  try {
    resolve(interpret(xhr.status, (name) => xhr.getResponseHeader(name), xhr.responseText));
  } catch (problem) {
    reject(problem);
  }
}
