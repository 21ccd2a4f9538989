/** The statement: locked until a check was passed, open until that proof has run out. */

import { isStepUpCancelled } from '/biometry/ui/step-up.js';
import * as bank from './bank.js';
import { announce, build, byId, icon, onPress, say } from './dom.js';
import { clock, money, shortDay } from './format.js';

/** Where nobody says how long the proof is good, the bank is asked again after this time. */
const RECHECK_MS = 60_000;

export class Statement {
  #timer = 0;

  /** @param {{status: () => Promise<any>, failed: (error: Error, place: string) => void}} host */
  constructor({ status, failed }) {
    this.status = status;
    this.failed = failed;
    onPress('statement-open', () => this.#open());
    this.lock();
  }

  isOpen() {
    return byId('statement').dataset.lock === 'open';
  }

  /** Shows it without a check while the bank allows it. */
  async refresh() {
    const until = provenUntil(await this.status().catch(() => ({})));
    if (Number.isNaN(until) && !this.isOpen()) return;
    await bank.openStatement().then((content) => this.#show(content, until), () => this.lock());
  }

  /** Closes it and forgets what it showed. */
  lock() {
    clearInterval(this.#timer);
    byId('statement').dataset.lock = 'locked';
    byId('statement-locked').hidden = false;
    byId('statement-content').hidden = true;
    byId('balance').textContent = '';
    byId('entries').replaceChildren();
    say(byId('statement-problem'), null);
    this.#chip('locked', 'lock', 'Locked');
  }

  async #open() {
    say(byId('statement-problem'), null);
    try {
      const content = await bank.statement();
      this.#show(content, provenUntil(await this.status().catch(() => ({}))));
      byId('statement-title').focus();
    } catch (error) {
      if (isStepUpCancelled(error)) announce('The statement stays locked.');
      this.failed(error, 'statement-problem');
    }
  }

  #show({ balance, entries }, until) {
    if (balance === undefined || !Array.isArray(entries)) throw new bank.Refusal('unreadable-answer');
    byId('balance').textContent = money(balance);
    byId('entries').replaceChildren(...entries.map(row));
    byId('entries-empty').hidden = entries.length > 0;
    byId('statement').dataset.lock = 'open';
    byId('statement-locked').hidden = true;
    byId('statement-content').hidden = false;
    this.#runClock(until);
  }

  #runClock(until) {
    clearInterval(this.#timer);
    if (Number.isNaN(until)) {
      this.#chip('open', 'open', 'Open');
      this.#timer = setInterval(() => this.refresh(), RECHECK_MS);
      return;
    }
    const tick = () => {
      const left = (until - bank.serverNow()) / 1000;
      this.#chip('open', 'open', `Open for ${clock(left)}`);
      if (left > 0) return;
      this.lock();
      announce('The statement is locked again.');
    };
    this.#timer = setInterval(tick, 250);
    tick();
  }

  #chip(tone, symbol, text) {
    const chip = byId('statement-lock');
    chip.dataset.tone = tone;
    if (chip.dataset.symbol !== symbol) chip.replaceChildren(icon(symbol), build('span'));
    chip.dataset.symbol = symbol;
    chip.lastElementChild.textContent = text;
  }
}

/** @returns {number} until when the latest session keeps the statement open, or `NaN` where it does not */
export function provenUntil({ state, policy, expires_at: until }) {
  return state === 'passed' && policy === 'statement' ? Date.parse(until) : NaN;
}

/** One transfer. The order of the list is the server's. */
function row({ to, amount, at }) {
  return build('li', {},
    build('span', { class: 'entry-to' }, String(to ?? '')),
    build('time', { class: 'entry-time', datetime: at }, shortDay(at)),
    build('span', { class: 'entry-amount' }, `−${money(amount)}`));
}
