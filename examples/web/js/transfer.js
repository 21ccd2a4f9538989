/** Sending money: every transfer is approved on its own, for exactly its payee and amount. */

import { Problem } from './api.js';
import * as bank from './bank.js';
import { byId, markField, oneAtATime, say } from './dom.js';
import { dayAndTime, money, parseAmount } from './format.js';
import { inOneLine } from './problems.js';

/** Why the gate asks, by the `reason` of its refusal. */
const REASONS = {
  consumed: 'Your last approval was used up by the transfer it was for. This one needs its own.',
  stale: 'Your last approval has run out. Please approve this transfer anew.',
  pending: 'An earlier check is still being looked at. You can wait for it, or do a new one.',
};

export class Transfer {
  /** @param {{approve: (request: import('./stepup.js').Request) => Promise<boolean>, signedOut: () => void, made: () => void}} host */
  constructor({ approve, signedOut, made }) {
    this.approve = approve;
    this.signedOut = signedOut;
    this.made = made;
    this.to = /** @type {HTMLInputElement} */ (byId('transfer-to'));
    this.amount = /** @type {HTMLInputElement} */ (byId('transfer-amount'));
    byId('transfer-form').addEventListener('submit', (event) => {
      event.preventDefault();
      oneAtATime(byId('transfer-submit'), () => this.#send());
    });
    byId('transfer-again').addEventListener('click', () => this.reset().focus());
  }

  /** Back to an empty form. @returns {HTMLInputElement} its first field */
  reset() {
    /** @type {HTMLFormElement} */ (byId('transfer-form')).reset();
    byId('transfer-form').hidden = false;
    byId('receipt').hidden = true;
    say(byId('transfer-problem'), null);
    return this.to;
  }

  async #send() {
    const order = this.#order();
    if (!order) return;
    say(byId('transfer-problem'), null);
    try {
      this.#receipt(order, await bank.transfer(order));
    } catch (problem) {
      if (problem.code === 'step-up-required') await this.#afterCheck(order, problem);
      else this.#fail(problem);
    }
  }

  async #afterCheck(order, { members }) {
    const { policy, intent } = members.step_up ?? {};
    // What is approved must be what the server says it is: without its words there is nothing to approve.
    if (!intent?.id || !Array.isArray(intent.display)) return this.#fail(new Problem('unreadable-answer'));
    let answer = null;
    const done = await this.approve({
      policy,
      intent: intent.id,
      heading: 'You are about to approve',
      reason: REASONS[members.reason] ?? 'Please check it. Your approval is good for this transfer only.',
      display: intent.display,
      finish: async () => {
        answer = await bank.transfer(order);
        return `${money(order.amount)} to ${order.to} is on its way.`;
      },
    });
    if (done && answer) this.#receipt(order, answer);
  }

  /** The order as typed, or nothing, with the wrong fields marked and the first of them focused. */
  #order() {
    const to = this.to.value.trim();
    const amount = parseAmount(this.amount.value);
    markField(this.amount, byId('transfer-amount-error'), amount ? null : 'Enter an amount above zero, for example 12.50.');
    markField(this.to, byId('transfer-to-error'), to ? null : 'Who is it for?');
    if (to && amount) return { to, amount };
    (to ? this.amount : this.to).focus();
    return null;
  }

  #receipt({ to, amount }, { status, id }) {
    if (status !== 'done') return this.#fail(new Problem('unreadable-answer'));
    byId('receipt-title').textContent = `${money(amount)} sent`;
    byId('receipt-to').textContent = to;
    byId('receipt-time').textContent = dayAndTime(new Date().toISOString());
    byId('receipt-id').textContent = String(id ?? '');
    byId('transfer-form').hidden = true;
    byId('receipt').hidden = false;
    byId('receipt-title').focus();
    this.made();
  }

  #fail(problem) {
    if (problem.code === 'authentication-required') return this.signedOut();
    say(byId('transfer-problem'), inOneLine(problem));
  }
}
