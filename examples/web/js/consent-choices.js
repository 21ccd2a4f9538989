/**
 * The two choices about consent, as one form: shown on the account page and, where consent is missing, in the step-up.
 * What is given shows its date and can be withdrawn; what is not is an empty box.
 */

import { announce } from './announce.js';
import { CONSENT_TEXT_VERSION, consent, giveConsent, withdrawConsent } from './biometry.js';
import { build, byId, say } from './dom.js';
import { dayAndTime } from './format.js';
import { inOneLine } from './problems.js';

const PURPOSES = ['authorization', 'storage'];
/** As the template in `index.html` names them. */
export const NAMES = { authorization: 'Check that it is me', storage: 'Keep a template for later' };

/**
 * Builds the form inside a container, replacing what is there.
 * @param {HTMLElement} container
 * @param {object} options
 * @param {string} options.formId
 * @param {('authorization'|'storage')[]} [options.required] choices without which this place cannot go on; a button outside submits
 *   then
 * @param {(state: Record<string, any>) => void} options.onGiven after a submit, with the state it left
 * @param {() => void} [options.onWithdrawn]
 * @returns {{refresh: () => Promise<void>}} `refresh` reads the state from the server and shows it
 */
export function consentChoices(container, { formId, required, onGiven, onWithdrawn = () => {} }) {
  const template = /** @type {HTMLTemplateElement} */ (byId('consent-template'));
  const form = /** @type {HTMLFormElement} */ (template.content.cloneNode(true).querySelector('form'));
  form.id = formId;
  const error = form.querySelector('[data-consent-error]');
  let state = {};
  describe(form);
  container.replaceChildren(form);

  const refresh = async () => {
    state = await consent();
    show(form, state, required);
  };
  const change = async (send, said, then) => {
    say(error, null);
    try {
      await send();
      await refresh();
      announce(said);
      then(state);
    } catch (problem) {
      say(error, inOneLine(problem));
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const ticked = Object.fromEntries(PURPOSES.filter((purpose) => form.elements[purpose].checked).map((purpose) => [purpose, true]));
    const complaint = missing(ticked, state, required);
    if (complaint) return complain(error, form, complaint);
    if (Object.keys(ticked).length === 0) return onGiven(state);
    return change(() => giveConsent(ticked), 'Your choice is saved.', onGiven);
  });
  form.addEventListener('click', ({ target }) => {
    const what = target.closest('[data-withdraw]')?.dataset.withdraw;
    if (!what) return;
    const box = form.elements[what === 'all' ? 'authorization' : what];
    change(() => withdrawConsent(what), 'Withdrawn. It takes effect at once.', () => { box.focus(); onWithdrawn(); });
  });
  return { refresh };
}

function complain(place, form, text) {
  say(place, text);
  form.querySelector('input:not([hidden])')?.focus();
  place.scrollIntoView({ block: 'nearest' });
}

function missing(ticked, state, required) {
  const lacking = (required ?? []).filter((purpose) => !ticked[purpose] && !state[purpose]?.given);
  if (lacking.length > 0) return `This needs ${lacking.map((purpose) => `“${NAMES[purpose]}”`).join(' and ')}. You can also leave it and close this.`;
  if (!required && Object.keys(ticked).length === 0) return 'Tick what you agree to, or leave it as it is.';
  return undefined;
}

function show(form, state, required) {
  for (const purpose of PURPOSES) showChoice(form.querySelector(`[data-purpose=${purpose}]`), state[purpose] ?? {});
  const bothGiven = PURPOSES.every((purpose) => state[purpose]?.given === true);
  form.querySelector('[data-withdraw=all]').textContent = state.storage?.given ? 'Withdraw both' : 'Withdraw';
  form.querySelector('[data-save]').hidden = Boolean(required) || bothGiven;
}

function showChoice(choice, { given, since, text_version: version }) {
  const box = choice.querySelector('input');
  const date = choice.querySelector('.given');
  const isGiven = given === true;
  choice.dataset.given = String(isGiven);
  // Never ticked beforehand; a given choice has no box at all.
  box.checked = false;
  box.hidden = isGiven;
  box.disabled = isGiven;
  choice.querySelector('[data-withdraw]').hidden = !isGiven;
  date.hidden = !isGiven;
  date.replaceChildren(...(isGiven ? agreed(since, version) : []));
}

function agreed(since, version) {
  const when = dayAndTime(since);
  const earlier = version && version !== CONSENT_TEXT_VERSION ? ', to an earlier wording' : '';
  return when ? ['Agreed ', build('time', { datetime: since }, when), earlier] : [`Agreed${earlier}`];
}

/** Ties each box to its explanation; the ids must differ between the two places of this form. */
function describe(form) {
  for (const purpose of PURPOSES) {
    const choice = form.querySelector(`[data-purpose=${purpose}]`);
    const ids = [...choice.querySelectorAll('.choice-text')].map((text, index) => (text.id = `${form.id}-${purpose}-${index}`));
    choice.querySelector('input').setAttribute('aria-describedby', ids.join(' '));
  }
}
