/** Speaks to screen readers through a live region. */

import { byId } from './dom.js';

/**
 * Announces a text politely. An open modal dialog makes everything outside of it inert, so the region inside it is used then.
 * @param {string} text
 */
export function announce(text) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('stepup'));
  const region = byId(dialog.open ? 'stepup-announcer' : 'announcer');
  region.textContent = '';
  // A region is read when its content changes: a repeated text must change in a later frame.
  requestAnimationFrame(() => { region.textContent = text; });
}
