/** What somebody agreed to and took back, in order: shown when asked for. */

import * as biometry from './biometry.js';
import { NAMES } from './consent-choices.js';
import { build, byId, say } from './dom.js';
import { dayAndTime } from './format.js';
import { inOneLine } from './problems.js';

/** Both purposes as the platform's history calls them. */
const RECORDS = { consent: 'authorization', storage_consent: 'storage' };

export class ConsentHistory {
  constructor() {
    this.details = /** @type {HTMLDetailsElement} */ (byId('consent-history'));
    this.details.addEventListener('toggle', () => this.refresh());
  }

  /** Shows it anew, where it is open. */
  async refresh() {
    if (!this.details.open) return;
    try {
      const entries = readHistory(await biometry.consentHistory());
      byId('history-entries').replaceChildren(...entries.map(row));
      byId('history-empty').hidden = entries.length > 0;
      say(byId('history-problem'), null);
    } catch (problem) {
      say(byId('history-problem'), inOneLine(problem));
    }
  }

  /** Closes it and forgets what it showed. */
  reset() {
    this.details.open = false;
    byId('history-entries').replaceChildren();
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

function row({ purpose, given, date }) {
  return build('li', { 'data-given': String(given), 'data-purpose': purpose },
    build('span', { class: 'history-what' }, NAMES[purpose]),
    build('span', { class: 'history-how' }, given ? 'Agreed' : 'Withdrawn'),
    build('time', { datetime: date }, dayAndTime(date)));
}
