/** The camera and the microphone, and what can be wrong with them. */

import { Problem } from './api.js';

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
 * @throws {Problem} `camera-…`, `recorder-missing`
 */
export async function openCamera(kind) {
  // Browsers hide `mediaDevices` altogether where the origin is not trustworthy.
  if (!window.isSecureContext) throw new Problem('camera-insecure');
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem('camera-unsupported');
  if (WANTED[kind].audio && typeof window.MediaRecorder !== 'function') throw new Problem('recorder-missing');
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED[kind]);
  } catch (error) {
    throw new Problem(codeOf(error));
  }
}

/** @param {MediaStream|null} stream */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * Shows a stream, or nothing with `null`, in the preview.
 * @param {HTMLVideoElement} preview @param {MediaStream|null} stream
 */
export function showPreview(preview, stream) {
  preview.srcObject = stream;
  // Rejected when the element is emptied before the first frame: nothing is wrong then.
  if (stream) preview.play().catch(() => {});
}

function codeOf(error) {
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError': return 'camera-denied';
    case 'NotFoundError':
    case 'OverconstrainedError': return 'camera-missing';
    case 'NotReadableError':
    case 'AbortError': return 'camera-busy';
    default: return 'camera-unsupported';
  }
}
