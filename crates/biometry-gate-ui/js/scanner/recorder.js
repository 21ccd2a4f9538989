/** One take: it is finished as a file, or dropped for a reason. */

import { Problem } from '../http/problem.js';
import { findType, start } from './container.js';

const SLICE_MS = 500;
/** A recorder that yields nothing for this long yields nothing later either. */
const SILENT_MS = 5000;

/**
 * Begins a take at once.
 * @param {MediaStream} stream
 * @returns {Promise<{begun: Promise<void>, finished: Promise<File>, stop: () => void, drop: (code: string) => void}>} `begun`
 *   resolves once something of it is there; `finished` rejects with `camera-lost`, `camera-muted`, `recording-empty`, or
 *   what it was dropped for
 */
export async function record(stream) {
  const recorder = start(stream, await findType(stream), SLICE_MS);
  if (!recorder) throw new Problem(stream.active ? 'recorder-missing' : 'camera-lost');
  const parts = [];
  const begin = deferred();
  const finish = deferred();
  // A take that is dropped rejects, and perhaps no caller is waiting for it.
  finish.promise.catch(() => {});
  const stop = () => { if (recorder.state !== 'inactive') recorder.stop(); };
  const drop = (code) => {
    finish.reject(new Problem(code));
    stop();
  };
  const unwatch = watch(stream, drop);
  const silence = setTimeout(() => drop('recording-empty'), SILENT_MS);
  recorder.ondataavailable = ({ data }) => {
    if (data.size === 0) return;
    clearTimeout(silence);
    parts.push(data);
    begin.resolve();
  };
  recorder.onerror = () => drop('camera-lost');
  recorder.onstop = () => {
    clearTimeout(silence);
    unwatch();
    if (parts.length === 0) finish.reject(new Problem('recording-empty'));
    else finish.resolve(captured(parts, recorder.mimeType || parts[0].type));
  };
  return { begun: begin.promise, finished: finish.promise, stop, drop };
}

/** A call or another app takes the camera away in two ways: the track ends, or it goes on in silence and darkness. */
function watch(stream, drop) {
  const ended = () => drop('camera-lost');
  const muted = () => drop('camera-muted');
  const tracks = stream.getTracks();
  if (tracks.some((track) => track.readyState === 'ended')) queueMicrotask(ended);
  if (tracks.some((track) => track.muted)) queueMicrotask(muted);
  for (const track of tracks) {
    track.addEventListener?.('ended', ended);
    track.addEventListener?.('mute', muted);
  }
  return () => {
    for (const track of tracks) {
      track.removeEventListener?.('ended', ended);
      track.removeEventListener?.('mute', muted);
    }
  };
}

function captured(parts, type) {
  const container = type.split(';')[0];
  return new File(parts, container.endsWith('/mp4') ? 'capture.mp4' : 'capture.webm', { type: container });
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
