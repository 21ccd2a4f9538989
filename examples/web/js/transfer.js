/** Sending money: every transfer is approved on its own, for exactly its payee and amount. */

import * as bank from './bank.js';
import { byId, markField, onPress, say } from './dom.js';
import { dayAndTime, money, parseAmount } from './format.js';

export class Transfer {
  /** @param {{made: () => void, failed: (error: Error, place: string) => void}} host */
  constructor({ made, failed }) {
    this.made = made;
    this.failed = failed;
    onPress('transfer-form', () => this.#send(), 'submit');
    byId('transfer-again').addEventListener('click', () => {
      this.reset();
      byId('transfer-to').focus();
    });
  }

  /** Back to an empty form. */
  reset() {
    /** @type {HTMLFormElement} */ (byId('transfer-form')).reset();
    byId('transfer-form').hidden = false;
    byId('receipt').hidden = true;
    say(byId('transfer-problem'), null);
  }

  async #send() {
    const order = readOrder();
    if (!order) return;
    say(byId('transfer-problem'), null);
    try {
      this.#receipt(order, await bank.transfer(order));
    } catch (error) {
      // An answer that got lost may have been a good one: the approval is used up then.
      if (error.code === 'step-up-required') say(byId('transfer-problem'), 'It may already be done: your one-time approval has been used. Look at your statement before you approve it again.');
      else this.failed(error, 'transfer-problem');
    }
  }

  #receipt({ to, amount }, { status, id }) {
    if (status !== 'done') throw new bank.Refusal('unreadable-answer');
    byId('receipt-title').textContent = `${money(amount)} sent`;
    byId('receipt-to').textContent = to;
    byId('receipt-time').textContent = dayAndTime(new Date().toISOString());
    byId('receipt-id').textContent = String(id ?? '');
    byId('transfer-form').hidden = true;
    byId('receipt').hidden = false;
    byId('receipt-title').focus();
    this.made();
  }
}

/** The order as typed, or nothing, with the wrong fields marked and the first of them focused. */
function readOrder() {
  const to = byId('transfer-to').value.trim();
  const amount = parseAmount(byId('transfer-amount').value);
  markField('transfer-amount', amount ? null : 'Enter an amount above zero, for example 12.50.');
  markField('transfer-to', to ? null : 'Who is it for?');
  if (to && amount) return { to, amount };
  byId(to ? 'transfer-amount' : 'transfer-to').focus();
  return null;
}
