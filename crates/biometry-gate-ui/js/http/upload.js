/** Sends a form and reports how much of it is gone: `fetch` cannot do that yet, `XMLHttpRequest` can. */

import { interpret } from './call.js';
import { Problem } from './problem.js';

/** Longer than the server gives an upload and the platform together. */
const PATIENCE_MS = 400_000;

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
    let isSent = false;
    const sent = () => {
      if (!isSent) onSent();
      isSent = true;
    };
    xhr.open('POST', path);
    xhr.timeout = PATIENCE_MS;
    xhr.setRequestHeader('accept', 'application/json');
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (!lengthComputable) return;
      onProgress(loaded / total);
      // Firefox fires `load` only together with the answer.
      if (loaded === total) sent();
    };
    xhr.upload.onload = sent;
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
