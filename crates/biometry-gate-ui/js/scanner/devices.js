/** The camera and the microphone, and what can be wrong with them. */

import { Problem } from '../http/problem.js';

const FACE = { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 } };
const SPEECH = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const STILL = { width: { ideal: 1920 }, height: { ideal: 1080 } };

/** What is opened for each kind of take. */
const WANTED = {
  video: { video: FACE, audio: SPEECH },
  voice: { audio: SPEECH },
  portrait: { video: { ...STILL, facingMode: 'user' } },
  // The camera on the back, where there is one.
  document: { video: { ...STILL, facingMode: { ideal: 'environment' } } },
};

/**
 * Asks for camera, microphone or both. The browser may show its own question first.
 * @param {keyof WANTED} kind
 * @returns {Promise<MediaStream>}
 * @throws {Problem} `camera-…`, `microphone-…`, `devices-missing`, `recorder-missing`
 */
export async function openDevices(kind) {
  const wanted = WANTED[kind];
  // Browsers hide `mediaDevices` altogether where the origin is not trustworthy.
  if (!globalThis.isSecureContext) throw new Problem('camera-insecure');
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem('camera-unsupported');
  if (wanted.audio && typeof globalThis.MediaRecorder !== 'function') throw new Problem('recorder-missing');
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    throw new Problem(await codeOf(error, wanted));
  }
}

/** @param {MediaStream|null} stream */
export function closeDevices(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @param {HTMLVideoElement} preview @param {MediaStream|null} stream `null` shows nothing */
export function showPreview(preview, stream) {
  preview.srcObject = stream;
  // Rejected when the element is emptied before the first frame: nothing is wrong then.
  if (stream) preview.play().catch(() => {});
}

/** Whether a page here can have no camera at all: a chosen file is the way then. @param {Problem} problem */
export const isWithoutCamera = ({ code }) => code === 'camera-insecure' || code === 'camera-unsupported' || code === 'recorder-missing';

async function codeOf(error, wanted) {
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError': return denied(wanted);
    case 'NotFoundError':
    case 'OverconstrainedError': return missing(wanted);
    case 'NotReadableError':
    case 'AbortError': return wanted.video ? 'camera-busy' : 'microphone-busy';
    default: return 'camera-unsupported';
  }
}

/** What a policy or a frame rules out no person can allow. Chromium says which it was. */
function denied(wanted) {
  const rulesOut = (feature) => document.featurePolicy?.allowsFeature(feature) === false;
  if ((wanted.video && rulesOut('camera')) || (wanted.audio && rulesOut('microphone'))) return 'camera-unsupported';
  return wanted.video ? 'camera-denied' : 'microphone-denied';
}

/** One error stands for either device: the list of devices says which one is missing. */
async function missing(wanted) {
  const devices = await navigator.mediaDevices.enumerateDevices?.().catch(() => []) ?? [];
  const lacks = (kind) => !devices.some((device) => device.kind === kind);
  const [camera, microphone] = [wanted.video && lacks('videoinput'), wanted.audio && lacks('audioinput')];
  if (camera && microphone) return 'devices-missing';
  return microphone || !wanted.video ? 'microphone-missing' : 'camera-missing';
}
