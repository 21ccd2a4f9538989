/** Puts the page together: which of its two views shows, and how its parts reach each other. */

import { Problem } from './api.js';
import * as bank from './bank.js';
import * as biometry from './biometry.js';
import { consentChoices } from './consent-choices.js';
import { ConsentHistory } from './consent-history.js';
import { build, byId, say } from './dom.js';
import { Enrolment } from './enrolment.js';
import { Identity } from './identity.js';
import { Login } from './login.js';
import { takePicture } from './picture.js';
import { inOneLine } from './problems.js';
import { officialSdk } from './sdk-client.js';
import { Statement, provenUntil } from './statement.js';
import { StepUpView } from './stepup-view.js';
import { stepUp } from './stepup.js';
import { Transfer } from './transfer.js';

/** What the latest check came to, by the state of its session. */
const LAST_CHECK = {
  issued: 'A check was begun and not finished',
  processing: 'A check is being looked at',
  passed: 'Latest check: passed',
  failed: 'Latest check: not confirmed',
  expired: 'Latest check: ran out of time',
};

const view = new StepUpView();
const signedOut = () => showLogin('You were logged out. Please log in again.');
const statement = new Statement({ approve, signedOut });
const transfer = new Transfer({ approve, signedOut, made: () => statement.refresh() });
const enrolment = new Enrolment({ picture, approve });
const identity = new Identity({ picture, approve, signedOut });
const history = new ConsentHistory();
const choices = consentChoices(byId('consent-choices'), { formId: 'consent-form', onGiven: refreshStanding, onWithdrawn: afterWithdrawal });
new Login({ approve, signedIn: () => enter() });
byId('logout').addEventListener('click', leave);

chooseClient().then(enter).finally(() => { byId('booting').hidden = true; });

/** `?sdk` in the address puts the platform's official SDK in the place of this page's own few lines. */
async function chooseClient() {
  if (!new URLSearchParams(location.search).has('sdk')) return;
  try {
    biometry.speakThrough(await officialSdk(() => byId('whoami').textContent));
    byId('client').dataset.client = 'sdk';
  } catch {
    byId('client').dataset.client = 'sdk-missing';
  }
}

/** Asks the bank who is here, and shows what belongs to the answer. */
async function enter() {
  try {
    const { email } = await bank.whoami();
    await showHome(email);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) showLogin();
    else showUnreachable(problem);
  }
}

async function leave() {
  try {
    await bank.logout();
    showLogin('You are logged out.');
  } catch (problem) {
    notice(inOneLine(problem), 'alert');
  }
}

/**
 * Runs the step-up for one operation.
 * @param {import('./stepup.js').Request} request
 * @returns {Promise<boolean>} whether the operation was done
 */
async function approve(request) {
  return finished(await stepUp(view, request));
}

/**
 * Takes a picture and sends it.
 * @param {import('./picture.js').PictureRequest} request
 * @returns {Promise<boolean>} whether it was taken well
 */
async function picture(request) {
  return finished(await takePicture(view, request));
}

/** @param {'done'|'closed'|'login'} end what the dialog came to */
function finished(end) {
  if (end === 'login') showLogin();
  // Not waited for: what was approved shows as soon as the dialog is gone.
  else if (!byId('view-home').hidden) refreshStanding();
  return end === 'done';
}

async function showHome(email) {
  forget();
  byId('whoami').textContent = email;
  show('view-home', 'home-title');
  const session = await refreshStanding();
  const until = provenUntil(session);
  if (!Number.isNaN(until)) await statement.resume(until);
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
  for (const part of [transfer, enrolment, identity, history]) part.reset();
}

function showUnreachable(problem) {
  notice(inOneLine(problem), 'alert');
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
  const place = byId('notice');
  place.dataset.tone = tone;
  say(place, text);
}

/** Consent and the latest check, as the server knows them; both are shown as unknown where it cannot say. */
async function refreshStanding() {
  const [session] = await Promise.all([
    biometry.status().catch(() => ({})),
    history.refresh(),
    choices.refresh().then(() => say(byId('consent-problem'), null), (problem) => say(byId('consent-problem'), inOneLine(problem))),
  ]);
  byId('last-check').textContent = LAST_CHECK[session.state] ?? '';
  return session;
}

/** A withdrawal voids every proof: what it had opened closes at once. */
function afterWithdrawal() {
  statement.lock();
  identity.reset();
  refreshStanding();
}
