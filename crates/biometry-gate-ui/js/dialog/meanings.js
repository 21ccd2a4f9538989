/**
 * What to do next after each problem, and how grave it looks. What it says is in the words.
 *
 * - `retry`: record again in this session, with the phrase at hand
 * - `resend`: send the same file again
 * - `restart`: a new session with a new phrase
 * - `camera`: ask for the camera again
 * - `consent`: decide about consent
 * - `login`: log in the usual way
 * - `close`: nothing to do here
 * @typedef {'retry'|'resend'|'restart'|'camera'|'consent'|'login'|'close'} Next
 * @typedef {'alert'|'progress'|'wait'} Tone
 */

/** Verdicts: it arrived and was looked at. */
const VERDICTS = {
  'verification-failed': 'retry', 'verification-referred': 'retry', 'enrolled-not-verified': 'retry', 'enrollment-failed': 'retry',
  'document-rejected': 'retry', 'match-failed': 'restart',
};

/** About camera and microphone; these never leave the browser. */
const DEVICES = {
  'camera-denied': 'camera', 'camera-missing': 'camera', 'camera-busy': 'camera', 'camera-lost': 'camera', 'camera-muted': 'retry',
  'camera-insecure': 'close', 'camera-unsupported': 'close', 'recorder-missing': 'close', 'recording-empty': 'retry',
  'microphone-denied': 'camera', 'microphone-missing': 'camera', 'microphone-busy': 'camera', 'devices-missing': 'camera',
};

const NEXT = {
  ...VERDICTS, ...DEVICES,
  'authentication-required': 'login', 'cookie-not-kept': 'login', 'enrollment-closed': 'login', 'subject-conflict': 'login',
  'step-up-required': 'restart', 'consent-required': 'consent', 'cross-site': 'close',
  'session-unknown': 'restart', 'session-busy': 'restart', 'session-expired': 'restart', 'phrase-mismatch': 'retry', 'too-many-attempts': 'close',
  'upload-too-large': 'retry', 'unsupported-media': 'retry', 'invalid-upload': 'retry', 'picture-unreadable': 'retry',
  'invalid-request': 'close', 'not-found': 'close', 'method-not-allowed': 'close',
  'upload-timeout': 'resend', 'network-error': 'resend', 'upload-broken': 'resend', 'no-answer': 'resend',
  'platform-error': 'resend', 'platform-unavailable': 'resend', 'platform-timeout': 'resend', 'store-unavailable': 'resend',
  'identity-unavailable': 'resend', 'overloaded': 'resend', 'page-error': 'restart', 'unreadable-answer': 'restart',
};

/** Without a login these lead to one; the server tells strangers no more than this. */
const WHILE_SIGNING_IN = { 'consent-required': 'login', 'enrolled-not-verified': 'login' };

const TONES = { 'enrolled-not-verified': 'progress', 'too-many-attempts': 'wait', 'overloaded': 'wait', 'store-unavailable': 'wait',
  'identity-unavailable': 'wait', 'platform-unavailable': 'wait', 'platform-timeout': 'wait' };

const own = (table, code) => (Object.hasOwn(table, code) ? table[code] : undefined);

/** @param {import('../http/problem.js').Problem} problem whether a chosen file gets around it */
export const filesHelp = ({ code }) => Object.hasOwn(DEVICES, code);

/** @param {import('../http/problem.js').Problem} problem whether it was judged, and another try may follow */
export const isVerdict = ({ code }) => Object.hasOwn(VERDICTS, code);

/** @param {import('../http/problem.js').Problem} problem @param {string} kind of the dialog @returns {{next: Next, tone: Tone}} */
export function meaningOf({ code, status }, kind) {
  const unknown = status === undefined || status >= 500 ? 'resend' : 'close';
  const next = (kind === 'login' && own(WHILE_SIGNING_IN, code)) || own(NEXT, code) || unknown;
  return { next, tone: own(TONES, code) ?? 'alert' };
}

/**
 * Title and text of a problem; those of the server where there are none for its code.
 * @param {import('../http/problem.js').Problem} problem @param {string} kind @param {import('../words/index.js').Words} words
 * @returns {[string, string]}
 */
export function explain({ code, title, detail, retryAfter }, kind, words) {
  const key = words.knows(`problem.${code}`) ? `problem.${code}` : 'problem.unknown';
  const [said, text] = words.both(key, kind, { detail: detail ?? '' });
  const again = retryAfter > 0 ? words.say('again', kind, { time: words.duration(retryAfter) }) : '';
  return [key === 'problem.unknown' && title ? title : said, `${text} ${again}`.trim()];
}

/** The step that is really open from here. @returns {Next} */
export function possible(next, { members }, { hasPhrase, hasCapture }) {
  // The server would only say when to come back.
  if (members.attempts_left === 0) return 'close';
  if (next === 'resend' && !hasCapture) return possible('retry', { members }, { hasPhrase, hasCapture });
  if (next === 'retry' && !hasPhrase) return 'restart';
  return next;
}
