/** The panel that explains a problem and offers the next step. */

import { byId, icon, say } from './dom.js';
import { explain } from './problems.js';

/** Up to this many seconds a person is asked to wait here, with the button counting. */
const WAIT_HERE = 120;

const LABELS = {
  retry: 'Try again',
  resend: 'Send it again',
  restart: 'Start again',
  camera: 'Try the camera again',
  consent: 'Decide about consent',
  login: 'Go to log in',
  finish: 'Try again',
};

const KEPT = { voice: 'Your recording is', portrait: 'Your picture is', document: 'Your picture is' };

const MARKS = { alert: 'alert', progress: 'again', wait: 'clock' };

/**
 * @typedef {object} Situation
 * @property {boolean} hasPhrase a phrase is at hand for another take
 * @property {boolean} hasCapture a recording is at hand that may be sent again
 * @property {boolean} hasPassed the check was passed and only the operation is missing
 * @property {boolean} filesHelp a chosen file would get around the problem
 */

/**
 * Fills the panel.
 * @param {import('./api.js').Problem} problem
 * @param {Situation & {kind: string}} situation
 * @returns {() => void} stops what runs in it
 */
export function showProblem(problem, situation) {
  const { title, text, next: wanted, tone, small } = explain(problem, situation);
  const next = possible(wanted, problem, situation);
  byId('problem-title').textContent = title;
  byId('problem-text').textContent = next === 'resend' ? `${text} ${KEPT[situation.kind] ?? 'Your video is'} still here.` : text;
  byId('problem-mark').dataset.tone = tone;
  byId('problem-mark').replaceChildren(icon(MARKS[tone]));
  // Setting up is no failure: nothing to count down there.
  say(byId('problem-attempts'), tone === 'progress' ? undefined : attempts(problem.members.attempts_left));
  say(byId('problem-small'), small);
  byId('problem-file').hidden = !situation.filesHelp;
  byId('problem-file').textContent = situation.kind in KEPT ? 'Choose a picture' : 'Choose a video file';
  byId('stepup').dataset.problem = problem.code;
  return offer(next, problem);
}

/** The step that is really open from here. */
function possible(next, { members }, { hasPhrase, hasCapture, hasPassed }) {
  // The server would only say when to come back.
  if (members.attempts_left === 0) return 'close';
  if (hasPassed && next === 'resend') return 'finish';
  if (next === 'resend' && !hasCapture) return 'retry';
  if (next === 'retry' && !hasPhrase) return 'restart';
  return next;
}

function offer(next, { retryAfter, members }) {
  const button = /** @type {HTMLButtonElement} */ (byId('problem-next'));
  button.hidden = next === 'close';
  const file = byId('problem-file');
  // Where nothing else leads on, the file does; where not even that, closing is all there is.
  file.classList.toggle('primary', next === 'close');
  byId('problem-close').classList.toggle('quiet', next !== 'close' || !file.hidden);
  button.dataset.action = next;
  button.disabled = false;
  const label = next === 'retry' && members.phrase ? 'Read a new phrase' : LABELS[next];
  button.textContent = label;
  return retryAfter > 0 && retryAfter <= WAIT_HERE ? holdBack(button, label, retryAfter) : () => {};
}

/** Keeps the button closed for as long as the server asked. */
function holdBack(button, label, seconds) {
  const until = performance.now() + seconds * 1000;
  const step = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${label} in ${left} s` : label;
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(step, 250);
  step();
  return () => clearInterval(timer);
}

function attempts(left) {
  if (!Number.isInteger(left)) return undefined;
  if (left === 0) return 'No attempts left for now.';
  return left === 1 ? 'One attempt left before a pause.' : `${left} attempts left before a pause.`;
}
