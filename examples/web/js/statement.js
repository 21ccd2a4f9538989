/** The statement: locked until a check was passed, open until that proof has run out. */

import { announce } from './announce.js';
import { Problem, serverNow } from './api.js';
import * as bank from './bank.js';
import * as biometry from './biometry.js';
import { build, byId, icon, oneAtATime, say } from './dom.js';
import { clock, duration, money, shortDay } from './format.js';
import { inOneLine } from './problems.js';
import { runDown } from './ticker.js';

/** Why the gate asks, by the `reason` of its refusal. */
const REASONS = {
  stale: 'Your last check has run out. A new one opens your statement again.',
  pending: 'An earlier check is still being looked at. You can wait for it, or do a new one.',
};

/** Where nobody says how long the proof is good, the bank is asked again after this time. */
const RECHECK_MS = 60_000;

export class Statement {
  /** @param {{approve: (request: import('./stepup.js').Request) => Promise<boolean>, signedOut: () => void}} host */
  constructor({ approve, signedOut }) {
    this.approve = approve;
    this.signedOut = signedOut;
    this.stopClock = () => {};
    const button = byId('statement-open');
    button.addEventListener('click', () => oneAtATime(button, () => this.open()));
    this.lock();
  }

  isOpen() {
    return byId('statement').dataset.lock === 'open';
  }

  /** Opens it, with a check where the bank asks for one. */
  async open() {
    say(byId('statement-problem'), null);
    try {
      const content = await bank.statement();
      this.#show(content, provenUntil(await biometry.status().catch(() => ({}))));
    } catch (problem) {
      if (problem.code === 'step-up-required') await this.#afterCheck(problem);
      else this.#fail(problem);
    }
    if (this.isOpen()) byId('statement-title').focus();
  }

  /** Shows it without a check while the bank allows it. @param {number} until when the proof runs out, or `NaN` */
  async resume(until) {
    try {
      this.#show(await bank.statement(), until);
    } catch {
      this.lock();
    }
  }

  /** Brings an open statement up to date. */
  async refresh() {
    if (this.isOpen()) await this.resume(this.until);
  }

  /** Closes it and forgets what it showed. */
  lock() {
    this.stopClock();
    this.until = NaN;
    byId('statement').dataset.lock = 'locked';
    byId('statement-locked').hidden = false;
    byId('statement-content').hidden = true;
    byId('balance').textContent = '';
    byId('entries').replaceChildren();
    this.#chip('locked', 'lock', 'Locked');
  }

  async #afterCheck({ members }) {
    let opened = null;
    const done = await this.approve({
      policy: members.step_up?.policy ?? 'statement',
      intent: members.step_up?.intent?.id,
      heading: 'Open your statement',
      reason: REASONS[members.reason] ?? offer(members.step_up?.max_age),
      display: members.step_up?.intent?.display ?? [],
      finish: async ({ expiresAt }) => {
        opened = { content: await bank.statement(), until: expiresAt };
        return 'Your statement is open.';
      },
    });
    if (done && opened) this.#show(opened.content, opened.until);
  }

  #show({ balance, entries }, until) {
    if (balance === undefined || !Array.isArray(entries)) return this.#fail(new Problem('unreadable-answer'));
    byId('balance').textContent = money(balance);
    byId('entries').replaceChildren(...entries.map(row));
    byId('entries-empty').hidden = entries.length > 0;
    byId('statement').dataset.lock = 'open';
    byId('statement-locked').hidden = true;
    byId('statement-content').hidden = false;
    this.#runClock(until);
  }

  #runClock(until) {
    this.stopClock();
    this.until = until;
    if (Number.isNaN(until)) {
      this.#chip('open', 'open', 'Open');
      this.stopClock = runDown(serverNow() + RECHECK_MS, () => {}, () => this.refresh());
      return;
    }
    this.stopClock = runDown(until, (left) => this.#chip('open', 'open', `Open for ${clock(left)}`), () => {
      this.lock();
      announce('The statement is locked again.');
    });
  }

  #chip(tone, symbol, text) {
    const chip = byId('statement-lock');
    chip.dataset.tone = tone;
    if (chip.dataset.symbol !== symbol) chip.replaceChildren(icon(symbol), build('span'));
    chip.dataset.symbol = symbol;
    chip.lastElementChild.textContent = text;
  }

  #fail(problem) {
    if (problem.code === 'authentication-required') return this.signedOut();
    say(byId('statement-problem'), inOneLine(problem));
  }
}

/**
 * @param {{state?: string, policy?: string, expires_at?: string}} session the latest one, as the server knows it
 * @returns {number} until when it keeps the statement open, or `NaN` where it does not say
 */
export function provenUntil({ state, policy, expires_at: until }) {
  return state === 'passed' && policy === 'statement' ? Date.parse(until) : NaN;
}

/** @param {number} [maxAge] for how many seconds a check is good, where the server says so */
function offer(maxAge) {
  const time = Number.isFinite(maxAge) ? `for ${duration(maxAge)}` : 'for a while';
  return `One check opens it ${time}, as often as you like.`;
}

/** One transfer. The order of the list is the server's. */
function row({ to, amount, at }) {
  const when = shortDay(at);
  return build('li', {},
    build('span', { class: 'entry-to' }, String(to ?? '')),
    ...(when ? [build('time', { class: 'entry-time', datetime: at }, when)] : []),
    build('span', { class: 'entry-amount' }, `−${money(amount)}`));
}
