/** Puts the page together: which of its two views shows, and how its parts reach each other. */

import '/biometry/ui/step-up-dialog.js';
import { configure, isStepUpCancelled } from '/biometry/ui/step-up.js';
import * as bank from './bank.js';
import { Consent } from './consent.js';
import { build, byId, say } from './dom.js';
import { forgetEnrolment, offerEnrolment } from './enrolment.js';
import { Identity } from './identity.js';
import { offerLogin } from './login.js';
import { officialSdk } from './sdk-client.js';
import { Statement } from './statement.js';
import { Transfer } from './transfer.js';
import { CONSENT, inOneLine } from './words.js';

/** What the latest check came to, by the state of its session. */
const LAST_CHECK = {
  issued: 'A check was begun and not finished',
  processing: 'A check is being looked at',
  passed: 'Latest check: passed',
  failed: 'Latest check: not confirmed',
  expired: 'Latest check: ran out of time',
};

const dialog = /** @type {import('biometry-gate-ui/dialog').StepUpDialog} */ (document.querySelector('step-up-dialog'));
dialog.texts = CONSENT;
const client = await chooseClient();
const status = () => client.status();
const statement = new Statement({ status, failed });
const transfer = new Transfer({ failed, made: () => statement.refresh() });
const identity = new Identity({ dialog, status, ended, failed });
const consent = new Consent({ client, given: refreshStanding, withdrawn: afterWithdrawal });
offerEnrolment({ dialog, ended });
offerLogin({ dialog, signedIn: enter });
byId('logout').addEventListener('click', leave);
// A page out of the browser's cache, or one that was left open, may show what its owner has closed meanwhile.
addEventListener('pageshow', ({ persisted }) => { if (persisted) location.reload(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && !byId('view-home').hidden) lookAgain(); });
await enter().finally(() => { byId('booting').hidden = true; });

/** `?sdk` in the address puts the platform's official SDK in the place of the dialog's own client. */
async function chooseClient() {
  if (!new URLSearchParams(location.search).has('sdk')) return dialog.client;
  try {
    dialog.client = await officialSdk(dialog.client, () => byId('whoami').textContent);
    configure({ client: dialog.client });
    byId('client').dataset.client = 'sdk';
  } catch {
    byId('client').dataset.client = 'sdk-missing';
  }
  return dialog.client;
}

/** Asks the bank who is here, and shows what belongs to the answer. */
async function enter() {
  try {
    await showHome((await bank.whoami()).email);
  } catch (refusal) {
    if (refusal.members?.status === 401) showLogin();
    else showUnreachable(refusal);
  }
}

async function lookAgain() {
  const { email } = await bank.whoami().catch((refusal) => ({ email: refusal.members?.status === 401 ? '' : byId('whoami').textContent }));
  if (email !== byId('whoami').textContent) signedOut();
}

async function leave() {
  try {
    await bank.logout();
    showLogin('You are logged out.');
  } catch (refusal) {
    notice(inOneLine(refusal), 'alert');
  }
}

/** Says what went wrong where it belongs; a person who closed the dialog knows. */
function failed(error, place) {
  refreshStanding();
  const isLoggedOut = error.code === 'authentication-required' || error.outcome === 'login';
  if (isLoggedOut) return signedOut();
  if (!isStepUpCancelled(error)) say(byId(place), inOneLine(error));
}

/** @param {any} result of the dialog @returns {Promise<boolean>} whether it came to a good end */
async function ended({ outcome, closed }) {
  await closed;
  if (outcome === 'login') signedOut();
  else refreshStanding();
  return outcome === 'passed';
}

function signedOut() {
  showLogin('You were logged out. Please log in again.');
}

async function showHome(email) {
  forget();
  byId('whoami').textContent = email;
  byId('whoami').title = email;
  show('view-home', 'home-title');
  await Promise.all([refreshStanding(), statement.refresh()]);
}

function showLogin(text) {
  forget();
  show('view-login', text ? 'login-title' : undefined);
  notice(text);
}

/** Whatever the last person saw or did here. */
function forget() {
  byId('whoami').textContent = '';
  statement.lock();
  forgetEnrolment();
  for (const part of [transfer, identity, consent]) part.reset();
}

function showUnreachable(refusal) {
  notice(inOneLine(refusal), 'alert');
  const again = build('button', { type: 'button', class: 'button small' }, 'Try again');
  again.addEventListener('click', () => location.reload());
  byId('notice').append(' ', again);
}

function show(id, focus) {
  notice();
  for (const each of ['view-login', 'view-home']) byId(each).hidden = each !== id;
  byId('account-bar').hidden = id !== 'view-home';
  byId('booting').hidden = true;
  scrollTo(0, 0);
  if (focus) byId(focus).focus({ preventScroll: true });
}

function notice(text, tone = 'calm') {
  byId('notice').dataset.tone = tone;
  say(byId('notice'), text);
}

/** Consent and the latest check, as the server knows them. */
async function refreshStanding() {
  const [session] = await Promise.all([status().catch(() => ({})), consent.refresh()]);
  byId('last-check').textContent = LAST_CHECK[session.state] ?? '';
}

/** A withdrawal voids every proof: what it had opened closes at once. */
function afterWithdrawal() {
  statement.lock();
  identity.reset();
  return refreshStanding();
}
