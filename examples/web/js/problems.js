/**
 * What every refusal means to the person in front of the screen, and what to do next.
 *
 * The server's `code` decides; its `title` and `detail` speak only where this page does not know the code.
 */

import { duration } from './format.js';

/**
 * The next step that the main button of a problem offers.
 * - `retry`: record again in this session, with the phrase at hand
 * - `resend`: send the same recording again
 * - `restart`: a new session with a new phrase
 * - `camera`: ask for the camera again
 * - `consent`: decide about consent
 * - `login`: log in by e-mail
 * - `close`: nothing to do here
 * @typedef {'retry'|'resend'|'restart'|'camera'|'consent'|'login'|'close'} Next
 */

/** @typedef {{title: string, text: string, next: Next, tone?: 'alert'|'progress'|'wait'}} Meaning */

/** Verdicts: the video arrived and was looked at. */
const VERDICTS = {
  'verification-failed': meaning('That didn’t confirm it’s you', 'Face the light, look into the camera and read the whole phrase at an easy pace.', 'retry'),
  'verification-referred': meaning('No clear answer this time', 'The check could neither confirm nor rule out that it is you. A brighter, quieter place often helps.', 'retry'),
  'enrolled-not-verified': meaning('You’re set up. Once more, please', 'This first video made your template, so it cannot prove who you are as well. Read one more phrase and you’re through.', 'retry', 'progress'),
  'enrollment-failed': meaning('Setting you up didn’t work', 'No clear face or voice could be taken from it. Make sure only you are in the picture, well lit and centred.', 'retry'),
  'document-rejected': meaning('The document wasn’t accepted', 'Use the original, flat and without glare, with all four corners in the picture.', 'retry'),
  'match-failed': meaning('The faces don’t match', 'The face on the document could not be matched with the one in your video.', 'restart'),
};

/** About who is asking, and what they agreed to. */
const STANDING = {
  'authentication-required': meaning('Please log in again', 'Your session with the bank has ended.', 'login'),
  'step-up-required': meaning('This needs one more check', 'The proof you had no longer covers this. It may have run out, or it was for something else.', 'restart'),
  'consent-required': meaning('Your consent is missing', 'Without it no video is looked at. You decide; nothing has been sent on.', 'consent'),
  'enrollment-closed': meaning('Setting up is closed right now', 'For your safety it is open only for a few minutes after logging in. Log in again to continue.', 'login'),
  'subject-conflict': meaning('This check belongs to someone else', 'The name on the request is not the one you are logged in with. Nothing was sent on.', 'login'),
  'cross-site': meaning('The request came from elsewhere', 'Another site seems to have started it. Open the bank directly and try again.', 'close'),
};

/** About the biometric session and its phrase. */
const SESSIONS = {
  'session-unknown': meaning('This check no longer exists', 'Start a fresh one; you get a new phrase.', 'restart'),
  'session-busy': meaning('This check is no longer open', 'It is already being looked at, or it was continued in another tab. You can start a fresh one here.', 'restart'),
  'session-expired': meaning('The phrase has run out', 'A phrase is good for a few minutes only. Take a new one and record straight away.', 'restart'),
  'phrase-mismatch': meaning('That was a different phrase', 'Read exactly the phrase on the screen.', 'retry'),
  'too-many-attempts': meaning('A pause, for your safety', 'There were too many tries. What is already open stays open.', 'close', 'wait'),
};

/** About the upload itself. */
const UPLOADS = {
  'upload-too-large': meaning('The video is too large', 'At most 50 MB. A few seconds in normal quality are far below that.', 'retry'),
  'unsupported-media': meaning('This isn’t a video we can read', 'MP4, MOV and WebM work. Record here in the browser, or choose another file.', 'retry'),
  'invalid-upload': meaning('The video arrived damaged', 'Please record it again.', 'retry'),
  'invalid-request': meaning('The bank didn’t understand that', 'Something about the request is not right. Trying once more from the start usually helps.', 'restart'),
  'upload-timeout': meaning('The upload was too slow', 'A steadier connection helps. The phrase is still good.', 'resend'),
  'network-error': meaning('No connection to the bank', 'The connection was interrupted.', 'resend'),
  'no-answer': meaning('No answer yet', 'The bank took too long to answer.', 'resend'),
  'picture-unreadable': meaning('This isn’t a picture we can open', 'JPEG and PNG work everywhere. Take one here, or choose another file.', 'retry'),
  'recording-empty': meaning('Nothing was recorded', 'The recording is empty. Please try again.', 'retry'),
};

/** About those behind the bank. */
const SERVICES = {
  'platform-error': meaning('The verification service stumbled', 'It answered with something we cannot use, so it does not count. Please try again.', 'resend'),
  'platform-unavailable': meaning('The verification service is away', 'It cannot be reached at the moment. Nothing was counted against you.', 'resend', 'wait'),
  'platform-timeout': meaning('The verification service was too slow', 'It did not answer in time. Nothing was counted against you.', 'resend', 'wait'),
  'store-unavailable': meaning('The bank can’t look that up', 'An internal service is away for a moment, so everything protected stays closed.', 'resend', 'wait'),
  overloaded: meaning('Many people at once', 'The bank is busy just now.', 'resend', 'wait'),
  'page-error': meaning('Something went wrong on this page', 'That is our mistake. Nothing was approved. Starting again usually helps.', 'restart'),
  'unreadable-answer': meaning('An unexpected answer', 'The bank answered with something this page cannot read. Nothing was approved.', 'restart'),
};

/** About camera and microphone; these never leave the browser. */
const DEVICES = {
  'camera-denied': meaning('The camera is blocked', 'Allow camera and microphone for this page in the address bar or in your system settings, then try again.', 'camera'),
  'camera-missing': meaning('No camera found', 'A camera and a microphone are needed. Connect one, or film yourself with another device and choose the file.', 'camera'),
  'camera-busy': meaning('The camera is in use', 'Another app or tab seems to hold it. Close that one and try again.', 'camera'),
  'camera-lost': meaning('The camera went away', 'It was switched off or unplugged while recording. Nothing was sent.', 'camera'),
  'camera-insecure': meaning('This page isn’t on a secure address', 'Browsers open the camera on https:// or on localhost only. You can choose a video file instead.', 'close'),
  'camera-unsupported': meaning('This browser has no camera access', 'Choose a video file instead, or use a current browser.', 'close'),
  'recorder-missing': meaning('This browser can’t record video', 'Choose a video file instead, or use a current browser.', 'close'),
};

const MEANINGS = { ...VERDICTS, ...STANDING, ...SESSIONS, ...UPLOADS, ...SERVICES, ...DEVICES };

/** In login mode nobody is logged in, so these say something else; the server does not tell strangers more than this. */
const WHILE_SIGNING_IN = {
  'verification-failed': meaning('That didn’t confirm it’s you', 'It also takes consent and a check you passed earlier, while logged in with your e-mail.', 'retry'),
  'authentication-required': meaning('Signing in by face isn’t possible', 'It is not switched on here, or the check is no longer valid. Log in with your e-mail.', 'login'),
  'consent-required': meaning('Log in with your e-mail first', 'Signing in by face needs consent you gave earlier, while logged in.', 'login'),
  'enrolled-not-verified': meaning('Log in with your e-mail first', 'Signing in by face needs a check you passed earlier, while logged in.', 'login'),
};

/** Pictures are no videos, and have no phrase. */
const WITH_A_PICTURE = {
  'upload-too-large': meaning('The picture is too large', 'At most 50 MB. Take one here, or choose another file.', 'retry'),
  'unsupported-media': meaning('This isn’t a picture the bank can read', 'JPEG and PNG work. Take one here, or choose another file.', 'retry'),
  'invalid-upload': meaning('The picture arrived damaged', 'Please take it again.', 'retry'),
  'upload-timeout': meaning('The upload was too slow', 'A steadier connection helps.', 'resend'),
  'enrollment-failed': meaning('Your face wasn’t found', 'It must be in the picture alone, from the front, well lit and centred.', 'retry'),
  'consent-required': meaning('Your consent is missing', 'Without it no picture is looked at. You decide; nothing has been sent on.', 'consent'),
  'camera-denied': meaning('The camera is blocked', 'Allow the camera for this page in the address bar or in your system settings, or choose a picture.', 'camera'),
  'camera-missing': meaning('No camera found', 'Connect one, or take the picture with another device and choose the file.', 'camera'),
  'camera-insecure': meaning('This page isn’t on a secure address', 'Browsers open the camera on https:// or on localhost only. You can choose a picture instead.', 'close'),
  'camera-unsupported': meaning('This browser has no camera access', 'Choose a picture instead, or use a current browser.', 'close'),
};

/** Only the voice counts there. */
const WITH_A_VOICE = {
  'unsupported-media': meaning('This isn’t a recording the bank can read', 'Please record it again, in a current browser.', 'retry'),
  'upload-too-large': meaning('The recording is too large', 'At most 50 MB. A few seconds are far below that.', 'retry'),
  'invalid-upload': meaning('The recording arrived damaged', 'Please record it again.', 'retry'),
  'enrollment-failed': meaning('Your voice wasn’t clear enough', 'Find a quiet place and read the whole phrase at an easy pace.', 'retry'),
  'camera-denied': meaning('The microphone is blocked', 'Allow it for this page in the address bar or in your system settings, then try again.', 'camera'),
  'camera-missing': meaning('No microphone found', 'Connect one, and try again.', 'camera'),
  'camera-busy': meaning('The microphone is in use', 'Another app or tab seems to hold it. Close that one and try again.', 'camera'),
  'camera-lost': meaning('The microphone went away', 'It was switched off or unplugged while recording. Nothing was sent.', 'camera'),
};

const BY_KIND = { login: WHILE_SIGNING_IN, portrait: WITH_A_PICTURE, document: WITH_A_PICTURE, voice: WITH_A_VOICE };

/** A transfer whose answer got lost may have been made: its one-time proof is used up then. */
const WHEN_USED_UP = meaning('It may already be done', 'Your one-time approval has been used. Look at your statement before you approve it again.', 'restart');

/** @param {import('./api.js').Problem} problem */
export const isDeviceProblem = (problem) => Object.hasOwn(DEVICES, problem.code);

/** @param {import('./api.js').Problem} problem whether the video was judged and another try may follow */
export const isVerdict = (problem) => Object.hasOwn(VERDICTS, problem.code);

/**
 * Says what a problem means.
 * @param {import('./api.js').Problem} problem
 * @param {{kind?: string, hasPassed?: boolean}} [context] what the dialog is open for, and whether the check was passed
 * @returns {Meaning & {small: string|undefined}}
 */
export function explain(problem, context = {}) {
  const found = inContext(problem, context) ?? lookUp(MEANINGS, problem.code) ?? unknown(problem);
  const text = problem.retryAfter > 0 ? `${found.text} Try again in about ${duration(problem.retryAfter)}.` : found.text;
  return { tone: 'alert', ...found, text, small: problem.requestId && `For support: ${problem.requestId}` };
}

/** One sentence, for places without room for more. @param {import('./api.js').Problem} problem */
export function inOneLine(problem) {
  const { title, text } = explain(problem);
  return `${title}. ${text}`;
}

function inContext({ code, members }, { kind, hasPassed }) {
  if (hasPassed && code === 'step-up-required' && members.reason === 'consumed') return WHEN_USED_UP;
  return Object.hasOwn(BY_KIND, kind) ? lookUp(BY_KIND[kind], code) : undefined;
}

/** The code comes from outside: only entries of the table itself count. */
function lookUp(table, code) {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

function unknown({ title, detail, status }) {
  const next = status === undefined || status >= 500 ? 'resend' : 'restart';
  return meaning(title ?? 'That didn’t work', detail ?? 'The bank refused without saying why. Please try again.', next);
}

function meaning(title, text, next, tone) {
  return { title, text, next, ...(tone && { tone }) };
}
