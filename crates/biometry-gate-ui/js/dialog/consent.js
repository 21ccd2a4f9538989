/** The two choices about consent: what is given already has no box, what is not is never ticked beforehand. */

import { isProblem } from '../http/problem.js';
import { say } from './dom.js';
import { explain } from './meanings.js';

const PURPOSES = ['authorization', 'storage'];

/**
 * Resolves once everything that is needed has been agreed to.
 * @param {HTMLElement} root with the form
 * @param {import('../words/index.js').Words} words
 * @param {{required: ('authorization'|'storage')[], client: import('../http/client.js').Client, show: () => void}} options
 */
export async function askConsent(root, words, { required, client, show }) {
  const form = root.querySelector('#consent-form');
  const error = root.querySelector('#consent-error');
  let state = await client.consent();
  showState(form, state);
  say(error, '');
  show();
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const ticked = Object.fromEntries(PURPOSES.filter((purpose) => form.elements[purpose].checked).map((purpose) => [purpose, true]));
      const lacking = required.filter((purpose) => !ticked[purpose] && state[purpose]?.given !== true);
      if (lacking.length > 0) return complain(form, error, missing(lacking, words));
      try {
        if (Object.keys(ticked).length > 0) await client.giveConsent({ ...ticked, ...version(words) });
        state = await client.consent();
        showState(form, state);
        if (required.every((purpose) => state[purpose]?.given === true)) resolve();
      } catch (problem) {
        if (!isProblem(problem)) throw problem;
        complain(form, error, explain(problem, undefined, words).join('. '));
      }
    };
  });
}

/** Which wording was agreed to. */
function version(words) {
  const name = words.say('consent.version');
  return name ? { text_version: name } : {};
}

function missing(lacking, words) {
  const names = new Intl.ListFormat(words.lang, { type: 'conjunction' }).format(lacking.map((purpose) => words.say(`consent.${purpose}`)));
  return words.say('consent.missing', undefined, { names });
}

function complain(form, place, text) {
  say(place, text);
  form.querySelector('input:not([hidden])')?.focus();
  place.scrollIntoView({ block: 'nearest' });
}

function showState(form, state) {
  for (const purpose of PURPOSES) {
    const isGiven = state[purpose]?.given === true;
    const choice = form.querySelector(`[data-purpose=${purpose}]`);
    const box = form.elements[purpose];
    choice.dataset.given = String(isGiven);
    box.checked = false;
    box.hidden = isGiven;
    box.disabled = isGiven;
    choice.querySelector('.given').hidden = !isGiven;
  }
}
