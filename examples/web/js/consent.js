/** The two choices about consent on the account page, and what was agreed to and taken back. */

import * as bank from './bank.js';
import { announce, build, byId, say } from './dom.js';
import { dayAndTime } from './format.js';
import { CONSENT, inOneLine } from './words.js';

const PURPOSES = ['authorization', 'storage'];
/** Both purposes as the platform's history calls them. */
const RECORDS = { consent: 'authorization', storage_consent: 'storage' };

export class Consent {
  /** @param {{client: import('biometry-gate-ui/dialog').Client, given: () => void, withdrawn: () => Promise<void>}} host */
  constructor(host) {
    this.host = host;
    this.form = build('form', { id: 'consent-form', class: 'consent-form', novalidate: '' },
      ...PURPOSES.map(choice),
      build('p', { class: 'choice-note' }, CONSENT['consent.later']),
      build('button', { class: 'button', type: 'submit', 'data-save': '', hidden: '' }, 'Save my choice'));
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.#give(); });
    this.form.addEventListener('click', ({ target }) => { if (target.dataset.withdraw) this.#withdraw(target.dataset.withdraw); });
    byId('consent-choices').replaceChildren(this.form);
    byId('consent-history').addEventListener('toggle', () => this.#showHistory());
  }

  /** Reads both choices from the server and shows them. */
  async refresh() {
    await this.#try(async () => {
      const state = await this.host.client.consent();
      for (const purpose of PURPOSES) this.#show(purpose, state[purpose] ?? {});
      this.form.querySelector('[data-withdraw=all]').textContent = state.storage?.given ? 'Withdraw both' : 'Withdraw';
      this.form.querySelector('[data-save]').hidden = PURPOSES.every((purpose) => state[purpose]?.given === true);
      await this.#showHistory();
    });
  }

  /** Closes the history and forgets what it showed. */
  reset() {
    byId('consent-history').open = false;
    byId('history-entries').replaceChildren();
  }

  async #give() {
    const ticked = Object.fromEntries(PURPOSES.filter((purpose) => this.form.elements[purpose].checked).map((purpose) => [purpose, true]));
    if (Object.keys(ticked).length === 0) return say(byId('consent-problem'), 'Tick what you agree to, or leave it as it is.');
    await this.#try(async () => {
      await this.host.client.giveConsent({ ...ticked, text_version: CONSENT['consent.version'] });
      announce('Your choice is saved.');
      this.host.given();
    });
  }

  async #withdraw(what) {
    await this.#try(async () => {
      await (this.host.client.withdrawConsent ?? bank.withdrawConsent)(what);
      announce('Withdrawn. It takes effect at once.');
      await this.host.withdrawn();
      this.form.elements[what === 'all' ? 'authorization' : what].focus();
    });
  }

  async #try(work) {
    say(byId('consent-problem'), null);
    try {
      await work();
    } catch (refusal) {
      say(byId('consent-problem'), inOneLine(refusal));
    }
  }

  #show(purpose, { given, since, text_version: version }) {
    const place = this.form.querySelector(`[data-purpose=${purpose}]`);
    const box = this.form.elements[purpose];
    const isGiven = given === true;
    place.dataset.given = String(isGiven);
    // Never ticked beforehand; a given choice has no box at all.
    box.checked = false;
    box.hidden = box.disabled = isGiven;
    place.querySelector('[data-withdraw]').hidden = !isGiven;
    const earlier = version && version !== CONSENT['consent.version'] ? ', to an earlier wording' : '';
    say(place.querySelector('.given'), isGiven ? `Agreed ${dayAndTime(since)}${earlier}` : null);
  }

  async #showHistory() {
    if (!byId('consent-history').open) return;
    const entries = readHistory(await bank.consentHistory());
    byId('history-entries').replaceChildren(...entries.map(row));
    byId('history-empty').hidden = entries.length > 0;
  }
}

/**
 * Both histories as one, latest first.
 * @param {{data?: any}} answer
 * @returns {{purpose: 'authorization'|'storage', given: boolean, date: string}[]}
 */
export function readHistory({ data }) {
  const entries = Object.entries(RECORDS).flatMap(([record, purpose]) =>
    (data?.[record]?.history ?? []).map((entry) => ({ purpose, given: entry.is_consent_given === true, date: String(entry.date) })));
  // What happened at once stays in the order in which it was written.
  return entries.map((entry, index) => ({ entry, index }))
    .sort((a, b) => Date.parse(b.entry.date) - Date.parse(a.entry.date) || b.index - a.index)
    .map(({ entry }) => entry);
}

function choice(purpose) {
  const text = `consent.${purpose}`;
  return build('div', { class: 'choice', 'data-purpose': purpose, 'data-testid': `consent-${purpose}` },
    build('div', { class: 'choice-head' },
      build('label', { class: 'tick' }, build('input', { type: 'checkbox', name: purpose, autocomplete: 'off', 'aria-describedby': `${purpose}-text` }), build('span', {}, CONSENT[text])),
      build('p', { class: 'given', hidden: '' }),
      build('button', { type: 'button', class: 'button quiet small', 'data-withdraw': purpose === 'authorization' ? 'all' : purpose, hidden: '' }, 'Withdraw')),
    build('p', { class: 'choice-text', id: `${purpose}-text` }, CONSENT[`${text}.text`]),
    build('p', { class: 'choice-text soft' }, CONSENT[`${text}.note`]));
}

function row({ purpose, given, date }) {
  return build('li', { 'data-given': String(given), 'data-purpose': purpose },
    build('span', { class: 'history-what' }, CONSENT[`consent.${purpose}`]),
    build('span', { class: 'history-how' }, given ? 'Agreed' : 'Withdrawn'),
    build('time', { datetime: date }, dayAndTime(date)));
}
