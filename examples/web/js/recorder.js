/** Records a short take in whatever container this browser really writes. */

import { Problem } from './api.js';

/** The server takes no more; 50 MB is 52,428,800 bytes. */
export const MAX_BYTES = 50 * 1024 * 1024;

/** In order of preference. Chromium and Firefox write WebM, Safari writes MP4. */
const TYPES = {
  video: [
    'video/webm;codecs=vp9,opus',
    'video/webm;codecs=vp8,opus',
    'video/webm',
    'video/mp4;codecs=avc1.42E01E,mp4a.40.2',
    'video/mp4',
  ],
  audio: ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4;codecs=mp4a.40.2', 'audio/mp4'],
};

/** Plenty for a face and a voice; about a megabyte for a take of seven seconds. */
const RATES = { videoBitsPerSecond: 1_200_000, audioBitsPerSecond: 64_000 };

/** @typedef {{blob: Blob, name: string}} Capture */

/** @param {MediaStream} stream @returns {string|undefined} the best container this browser writes, or its own choice */
function preferredType(stream) {
  const types = stream.getTracks().some(({ kind }) => kind === 'video') ? TYPES.video : TYPES.audio;
  return types.find((type) => MediaRecorder.isTypeSupported(type));
}

/**
 * Starts a recording at once.
 * @param {MediaStream} stream
 * @returns {{begun: Promise<void>, finished: Promise<Capture>, stop: () => void}} `begun` resolves once something of it is there;
 *   `finished` rejects with `camera-lost` or `recording-empty`
 */
export function record(stream) {
  const recorder = started(stream);
  let begin = () => {};
  const begun = new Promise((resolve) => { begin = resolve; });
  const finished = new Promise((resolve, reject) => {
    const parts = [];
    recorder.ondataavailable = (event) => {
      if (event.data.size === 0) return;
      parts.push(event.data);
      begin();
    };
    recorder.onerror = () => reject(new Problem('camera-lost'));
    recorder.onstop = () => {
      const lost = stream.getTracks().some((track) => track.readyState === 'ended');
      if (lost) return reject(new Problem('camera-lost'));
      if (parts.length === 0) return reject(new Problem('recording-empty'));
      resolve(captured(parts, recorder.mimeType || parts[0].type));
    };
  });
  return { begun, finished, stop: () => { if (recorder.state !== 'inactive') recorder.stop(); } };
}

/**
 * Takes a file that a person chose in place of a recording.
 * @param {File} file @returns {Capture}
 * @throws {Problem} `upload-too-large`, `recording-empty`
 */
export function fromFile(file) {
  if (file.size > MAX_BYTES) throw new Problem('upload-too-large');
  if (file.size === 0) throw new Problem('recording-empty');
  return { blob: file, name: file.name };
}

/** Begins at once, so that what cannot be recorded shows before a word was said. */
function started(stream) {
  const mimeType = preferredType(stream);
  try {
    const recorder = new MediaRecorder(stream, mimeType ? { mimeType, ...RATES } : RATES);
    recorder.start(1000);
    return recorder;
  } catch {
    throw new Problem(stream.active ? 'recorder-missing' : 'camera-lost');
  }
}

function captured(parts, type) {
  const container = type.split(';')[0];
  return { blob: new Blob(parts, { type: container }), name: container.endsWith('/mp4') ? 'capture.mp4' : 'capture.webm' };
}
