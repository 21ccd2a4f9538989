/** Pictures: a frame of the camera or a chosen file, as a JPEG without the place and the device it was taken with. */

import { Problem } from '../http/problem.js';

/** Longest side in pixels: plenty for a face and for the print of a document. */
const LONGEST = 2560;
const QUALITY = 0.92;

/**
 * The whole frame of the camera, which is what the preview shows.
 * @param {HTMLVideoElement} preview @returns {Promise<File>}
 * @throws {Problem} `camera-lost`
 */
export async function snapshot(preview) {
  if (preview.videoWidth === 0) throw new Problem('camera-lost');
  return drawn(preview, preview.videoWidth, preview.videoHeight);
}

/**
 * A picture that a person chose. It is drawn anew: what a camera writes into a file besides the picture stays here.
 * @param {File} file @returns {Promise<File>}
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
    return await drawn(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

async function drawn(source, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  // A drawing with holes in it would turn black as a JPEG.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', QUALITY); });
  if (!blob) throw new Problem('picture-unreadable');
  return new File([blob], 'picture.jpg', { type: 'image/jpeg' });
}
