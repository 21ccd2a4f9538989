/** Logging in: by e-mail, as this demonstration allows, or by face. */

import { announce } from './announce.js';
import * as bank from './bank.js';
import { byId, markField, oneAtATime } from './dom.js';
import { inOneLine } from './problems.js';

export class Login {
  /** @param {{approve: (request: import('./stepup.js').Request) => Promise<boolean>, signedIn: () => Promise<void>}} host */
  constructor({ approve, signedIn }) {
    this.approve = approve;
    this.signedIn = signedIn;
    this.email = /** @type {HTMLInputElement} */ (byId('email'));
    byId('login-form').addEventListener('submit', (event) => {
      event.preventDefault();
      oneAtATime(byId('login-submit'), () => this.#withEmail());
    });
    const face = byId('login-face');
    face.addEventListener('click', () => oneAtATime(face, () => this.#withFace()));
    byId('personas').addEventListener('click', ({ target }) => this.#pick(target.closest('[data-persona]')));
  }

  async #withEmail() {
    const email = this.#address();
    if (!email) return;
    try {
      await bank.login(email);
      await this.signedIn();
    } catch (problem) {
      markField(this.email, byId('email-error'), inOneLine(problem));
    }
  }

  async #withFace() {
    const subject = this.#address();
    if (!subject) return;
    const done = await this.approve({
      kind: 'login',
      policy: 'login',
      subject,
      heading: '',
      reason: '',
      display: [],
      finish: async () => {
        await bank.loginWithFace();
        return 'Welcome back.';
      },
    });
    if (done) await this.signedIn();
  }

  #address() {
    const email = this.email.value.trim();
    const looksRight = /^[^\s@]+@[^\s@]+$/.test(email);
    markField(this.email, byId('email-error'), looksRight ? null : 'Enter an e-mail address, for example ana@example.com.');
    if (looksRight) return email;
    this.email.focus();
    return null;
  }

  #pick(persona) {
    if (!persona) return;
    this.email.value = persona.dataset.persona;
    markField(this.email, byId('email-error'), null);
    this.email.focus();
    announce(`${persona.dataset.persona} filled in.`);
  }
}
