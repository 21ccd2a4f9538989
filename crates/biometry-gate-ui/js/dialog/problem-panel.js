/** The panel that explains a problem and offers the next step. */

import { icon, say } from './dom.js';
import { explain, meaningOf, possible } from './meanings.js';

/** Up to this many seconds a person is asked to wait here, with the button counting. */
const WAIT_HERE = 120;

/**
 * Fills the panel.
 * @param {HTMLElement} dialog
 * @param {import('../http/problem.js').Problem} problem
 * @param {{situation: {hasPhrase: boolean, hasCapture: boolean, filesHelp: boolean}, kind: string,
 *   words: import('../words/index.js').Words, later: (milliseconds: number, work: () => void) => void}} context `later` runs what is
 *   still wanted by then
 * @returns {string} what to announce
 */
export function showProblem(dialog, problem, { situation, kind, words, later }) {
  const at = (id) => dialog.querySelector(`#problem-${id}`);
  const { next: wanted, tone } = meaningOf(problem, kind);
  const next = possible(wanted, problem, situation);
  const [title, text] = explain(problem, kind, words);
  const { attempts_left: left, phrase } = problem.members;
  at('heading').textContent = title;
  at('text').textContent = next === 'resend' ? `${text} ${words.say('kept', kind)}` : text;
  at('mark').dataset.tone = tone;
  at('mark').replaceChildren(icon(tone));
  // Setting up is no failure: nothing to count down there.
  say(at('attempts'), tone !== 'progress' && Number.isInteger(left) ? words.attempts(left) : '');
  say(at('small'), problem.requestId && words.say('support', kind, { id: problem.requestId }));
  const label = words.say(phrase && next === 'retry' ? 'next.phrase' : `next.${next}`, kind);
  offer(dialog, { next, label, filesHelp: situation.filesHelp });
  const { retryAfter } = problem;
  if (retryAfter > 0 && retryAfter <= WAIT_HERE) holdBack(at('next'), { label, retryAfter, kind, words, later });
  return at('text').textContent;
}

function offer(dialog, { next, label, filesHelp }) {
  const [button, file, close] = ['#problem-next', '[data-panel=problem] [data-action=file]', '[data-panel=problem] [data-action=cancel]'].map((selector) => dialog.querySelector(selector));
  button.hidden = next === 'close';
  button.dataset.action = next;
  button.disabled = false;
  button.textContent = label;
  file.hidden = !filesHelp;
  // Where nothing else leads on, the file does; where not even that, closing is all there is.
  file.classList.toggle('primary', next === 'close');
  close.classList.toggle('quiet', next !== 'close' || filesHelp);
}

/** Keeps the button closed for as long as the server asked. */
function holdBack(button, { label, retryAfter, kind, words, later }) {
  const until = performance.now() + retryAfter * 1000;
  const step = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? words.say('next.wait', kind, { label, n: left }) : label;
    if (left > 0) later(250, step);
  };
  step();
}
