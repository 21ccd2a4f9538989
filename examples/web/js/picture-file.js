/** Pictures: a frame of the camera or a chosen file, as a JPEG without the place and the device it was taken with. */

import { Problem } from './api.js';

/** Longest side in pixels: plenty for a face and for the print of a document. */
const LONGEST = 2560;
const QUALITY = 0.92;

/**
 * What the preview shows now, and no more of the camera's frame than that.
 * @param {HTMLVideoElement} preview
 * @returns {Promise<import('./recorder.js').Capture>}
 * @throws {Problem} `camera-lost`
 */
export async function snapshot(preview) {
  if (preview.videoWidth === 0) throw new Problem('camera-lost');
  return drawn(preview, covered(preview.videoWidth, preview.videoHeight, preview.clientWidth, preview.clientHeight));
}

/**
 * A picture that a person chose. It is drawn anew: what a camera writes into a file besides the picture stays here.
 * @param {File} file
 * @returns {Promise<import('./recorder.js').Capture>}
 * @throws {Problem} `picture-unreadable`
 */
export async function fromPicture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Problem('picture-unreadable');
  }
  try {
    return await drawn(bitmap, { x: 0, y: 0, width: bitmap.width, height: bitmap.height });
  } finally {
    bitmap.close();
  }
}

/**
 * The part of a frame that is seen in a box which the frame covers (`object-fit: cover`).
 * @param {number} width @param {number} height @param {number} boxWidth @param {number} boxHeight
 */
export function covered(width, height, boxWidth, boxHeight) {
  const scale = Math.max(boxWidth / width, boxHeight / height) || 1;
  const seen = { width: Math.min(width, boxWidth / scale || width), height: Math.min(height, boxHeight / scale || height) };
  return { x: (width - seen.width) / 2, y: (height - seen.height) / 2, ...seen };
}

async function drawn(source, { x, y, width, height }) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  // A drawing with holes in it would turn black as a JPEG.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', QUALITY); });
  if (!blob) throw new Problem('picture-unreadable');
  return { blob, name: 'picture.jpg' };
}
