/** Logging in: by e-mail, as this demonstration allows, or by face. */

import * as bank from './bank.js';
import { announce, byId, markField, onPress } from './dom.js';
import { inOneLine } from './words.js';

/** @param {{dialog: import('biometry-gate-ui/dialog').StepUpDialog, signedIn: () => Promise<void>}} host */
export function offerLogin({ dialog, signedIn }) {
  const email = /** @type {HTMLInputElement} */ (byId('email'));
  const enter = async (logIn) => {
    const address = readAddress(email);
    if (!address) return;
    try {
      if (await logIn(address)) await signedIn();
    } catch (refusal) {
      markField('email', inOneLine(refusal));
    }
  };
  onPress('login-form', () => enter(async (address) => await bank.login(address) && true), 'submit');
  onPress('login-face', () => enter(async (subject) => {
    const { outcome, closed } = await dialog.signIn({ subject });
    await closed;
    return outcome === 'passed' && bank.loginWithFace();
  }));
  byId('personas').addEventListener('click', ({ target }) => {
    const persona = target.closest('[data-persona]')?.dataset.persona;
    if (!persona) return;
    email.value = persona;
    markField('email', null);
    email.focus();
    announce(`${persona} filled in.`);
  });
}

function readAddress(email) {
  const address = email.value.trim();
  const looksRight = /^[^\s@]+@[^\s@]+$/.test(address);
  markField('email', looksRight ? null : 'Enter an e-mail address, for example ana@example.com.');
  if (looksRight) return address;
  email.focus();
  return null;
}
