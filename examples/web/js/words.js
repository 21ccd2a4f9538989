/** What the bank says of its own: the wording of the two choices, and of refusals outside the dialog. */

/** In the dialog as well as on the account page. Whoever changes the wording changes its version. */
export const CONSENT = {
  'consent.version': 'alder-2',
  'consent.authorization': 'Check that it is me',
  'consent.authorization.text': 'I agree that my face, my voice and my lip movement in the videos, recordings and pictures I send are analysed by the bank’s verification service, to confirm that it is me and that I am really there.',
  'consent.authorization.note': 'Needed for every check. The bank keeps the answer, not what you sent.',
  'consent.storage': 'Keep a template for later',
  'consent.storage.text': 'I agree that the verification service keeps a face and a voice template made from what I send, so that later videos can be compared with it.',
  'consent.storage.note': 'A first video sets it up, or a picture and your voice. Someone without a template cannot be recognised.',
  'consent.later': 'You can withdraw either one whenever you like, under “Your consent” on your account page. That takes effect here at once: open doors close, and the service is told. You would rather not? A real bank would offer you another way, such as a call or a visit.',
};

const REFUSALS = {
  'network-error': 'There is no connection to the bank at the moment.',
  'insufficient-funds': 'Your account does not hold that much.',
  'enrollment-closed': 'Setting up is open only for a few minutes after logging in. Log in again to continue.',
};

/** One sentence of what went wrong. @param {import('./bank.js').Refusal} refusal */
export function inOneLine({ code, members = {} }) {
  if (Object.hasOwn(REFUSALS, code)) return REFUSALS[code];
  return [members.title, members.detail].filter(Boolean).join(': ') || 'The bank answered with something this page cannot read.';
}
