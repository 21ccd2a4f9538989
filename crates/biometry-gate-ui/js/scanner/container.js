/** Which container this browser really records, and what a chosen file really is. */

import { Problem } from '../http/problem.js';

/** The server takes no more; 50 MB is 52,428,800 bytes. */
export const MAX_BYTES = 50 * 1024 * 1024;
/** What a file dialog offers. `video/3gpp` is what older Android cameras write. */
export const ACCEPTED = 'video/mp4,video/quicktime,video/webm,video/3gpp';

/** In order of preference. Chromium and Firefox write WebM, Safari writes MP4. */
const TYPES = {
  video: ['video/webm;codecs=vp9,opus', 'video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4;codecs=avc1.42E01E,mp4a.40.2', 'video/mp4'],
  audio: ['audio/webm;codecs=opus', 'audio/webm', 'audio/mp4;codecs=mp4a.40.2', 'audio/mp4'],
};
/** Plenty for a face and a voice: about 1.3 MB for a take of eight seconds. */
export const RATES = { videoBitsPerSecond: 1_200_000, audioBitsPerSecond: 64_000 };
/** How long a trial waits for its first bytes. */
const TRIAL_MS = 2500;
/** Boxes that a file of the ISO family may begin with (ISO/IEC 14496-12; QuickTime files leave `ftyp` out at times). */
const BOXES = ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];
/** Pictures come in the same boxes as films. */
const PICTURES = ['heic', 'heix', 'mif1', 'msf1', 'avif', 'avis', 'crx '];

/** What was found by trying, by kind of track. */
const found = new Map();

/**
 * The first type that yields bytes of the container it names. A browser may say that it supports one and yield nothing, or
 * write another container than it was asked for.
 * @param {MediaStream} stream @returns {Promise<string>}
 * @throws {Problem} `recorder-missing`, where none does
 */
export function findType(stream) {
  const kind = stream.getTracks().some((track) => track.kind === 'video') ? 'video' : 'audio';
  if (!found.has(kind)) {
    const trial = tryAll(stream, TYPES[kind].filter((type) => MediaRecorder.isTypeSupported(type)));
    found.set(kind, trial);
    trial.catch(() => found.delete(kind));
  }
  return found.get(kind);
}

async function tryAll(stream, types) {
  let slow;
  for (const type of types) {
    const bytes = await firstBytes(stream, type);
    if (bytes && containerOf(bytes) === (type.includes('/webm') ? 'webm' : 'mp4')) return type;
    if (!bytes) slow ??= type;
  }
  // A device that is busy is given the benefit of the doubt: a take that stays empty says so itself.
  if (slow) return slow;
  throw new Problem(stream.active ? 'recorder-missing' : 'camera-lost');
}

/** @returns {Promise<Uint8Array|null>} `null` where none came in time */
function firstBytes(stream, mimeType) {
  return new Promise((resolve) => {
    const recorder = start(stream, mimeType, 100);
    if (!recorder) return resolve(new Uint8Array());
    const parts = [];
    const end = () => {
      clearTimeout(timer);
      recorder.ondataavailable = recorder.onerror = null;
      if (recorder.state !== 'inactive') recorder.stop();
      new Blob(parts).slice(0, 64).arrayBuffer().then((bytes) => resolve(new Uint8Array(bytes)));
    };
    const timer = setTimeout(() => {
      resolve(null);
      end();
    }, TRIAL_MS);
    recorder.ondataavailable = ({ data }) => {
      if (data.size > 0) parts.push(data);
      if (new Blob(parts).size >= 32) end();
    };
    recorder.onerror = end;
  });
}

/** @returns {MediaRecorder|null} a running recorder, or nothing where the browser refuses */
export function start(stream, mimeType, slice) {
  try {
    const recorder = new MediaRecorder(stream, { mimeType, ...RATES });
    recorder.start(slice);
    return recorder;
  } catch {
    return null;
  }
}

/**
 * A file that a person chose in place of a recording: looked at before megabytes of it travel.
 * @param {File} file @returns {Promise<File>}
 * @throws {Problem} `upload-too-large`, `recording-empty`, `unsupported-media`
 */
export async function checkFile(file) {
  if (file.size > MAX_BYTES) throw new Problem('upload-too-large');
  if (file.size === 0) throw new Problem('recording-empty');
  if (!containerOf(new Uint8Array(await file.slice(0, 64).arrayBuffer()))) throw new Problem('unsupported-media');
  return file;
}

/** @param {Uint8Array} bytes the first ones of a file @returns {'webm'|'mp4'|null} */
export function containerOf(bytes) {
  const text = String.fromCharCode(...bytes);
  if (text.startsWith('\x1a\x45\xdf\xa3')) return /\x42\x82.{1,8}?webm/s.test(text) ? 'webm' : null;
  if (!BOXES.includes(text.slice(4, 8))) return null;
  return text.slice(4, 8) === 'ftyp' && PICTURES.includes(text.slice(8, 12)) ? null : 'mp4';
}
