/** The camera and the microphone, and what can be wrong with them. */

import { Problem } from './api.js';

const WANTED = {
  video: { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

/**
 * Asks for camera and microphone. The browser may show its own question first.
 * @returns {Promise<MediaStream>}
 * @throws {Problem} `camera-…`, `recorder-missing`
 */
export async function openCamera() {
  // Browsers hide `mediaDevices` altogether where the origin is not trustworthy.
  if (!window.isSecureContext) throw new Problem('camera-insecure');
  if (!navigator.mediaDevices?.getUserMedia) throw new Problem('camera-unsupported');
  if (typeof window.MediaRecorder !== 'function') throw new Problem('recorder-missing');
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
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
