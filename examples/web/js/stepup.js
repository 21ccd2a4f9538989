/**
 * The step-up flow as a state machine: each state is a function that does its part and names the next state.
 *
 * ```text
 * review ─┬───────────▶ opening ──▶ ready ──▶ recording ──▶ sending ──▶ finishing ──▶ done
 *         └─▶ consent ────▲  ▲        │ (file) ───────────────▲  │           │
 *                            └────────┴────── problem ◀──────────┴───────────┘
 * ```
 * Closing the dialog leads to `closed` from everywhere. Only an explicit pass reaches `finishing`.
 */

import { Problem } from './api.js';
import * as biometry from './biometry.js';
import { closeCamera, openCamera, showPreview } from './camera.js';
import { run } from './machine.js';
import { isDeviceProblem, isVerdict } from './problems.js';
import { fromFile, record } from './recorder.js';

/**
 * What is to be approved, or what a recording is needed for.
 * @typedef {object} Request
 * @property {'stepup'|'login'|'voice'} [kind] what is recorded, and why; `stepup` where it is not said
 * @property {string} policy
 * @property {string} [intent] id that the refusal handed out
 * @property {string} [subject] in login mode only
 * @property {string} heading
 * @property {string} reason why it is asked, in a sentence
 * @property {{label: string, value: string}[]} display the operation, as the server states it
 * @property {('authorization'|'storage')[]} [needs] what must have been agreed to; being checked where it is not said
 * @property {typeof biometry.verify} [submit] what becomes of the recording; it is verified where it is not said
 * @property {(proof: {expiresAt: number, session: string}) => Promise<string>} finish repeats the operation; resolves to a line for
 *   the success state
 */

/** A take has a second per word and a little air, within these bounds in milliseconds. */
const TAKE = { perWord: 900, air: 1200, least: 6000, most: 12_000 };
/** A recording is not begun when the phrase would run out before its end. */
const RESERVE_MS = 1500;

const STATES = { review, consent, opening, ready, recording, sending, finishing, done, problem };

/**
 * Walks a person through one step-up.
 * @param {import('./stepup-view.js').StepUpView} view
 * @param {Request} request
 * @returns {Promise<'done'|'closed'|'login'>} `login`: to be continued at the login form
 */
export async function stepUp(view, request) {
  const flow = { view, request, mode: 'camera', stream: null, challenge: null, capture: null, trouble: null, proof: null, line: '' };
  view.open({ kind: request.kind ?? 'stepup' });
  const state = await run(STATES, request.kind === 'login' ? 'opening' : 'review', flow);
  release(flow);
  view.close();
  if (state !== 'done-seen' || request.submit) abandon(flow);
  return state === 'done-seen' ? 'done' : state;
}

async function review({ view, request }) {
  view.showReview(request);
  await view.action(['proceed']);
  const given = await biometry.consent();
  return needs(request).every((purpose) => given[purpose]?.given === true) ? 'opening' : 'consent';
}

async function consent({ view, request, trouble }) {
  await view.showConsent(trouble?.members.purposes ?? needs(request));
  await view.action(['consented']);
  return 'opening';
}

function needs(request) {
  return request.needs ?? ['authorization'];
}

/** Camera first: a person who takes a while to allow it should not pay with the phrase's time. */
async function opening(flow) {
  flow.capture = null;
  if (flow.mode === 'camera' && !flow.stream) {
    flow.view.show('opening-camera');
    flow.stream = await flow.view.unlessClosed(openCamera(flow.request.kind === 'voice' ? 'voice' : 'video'), closeCamera);
  }
  if (!flow.challenge) {
    flow.view.show('opening-phrase');
    const { policy, intent, subject } = flow.request;
    flow.challenge = await flow.view.unlessClosed(biometry.start({ policy, intent, subject }));
  }
  return 'ready';
}

async function ready(flow) {
  const { view, challenge, mode } = flow;
  showPreview(view.preview, flow.stream);
  view.showReady(challenge, mode);
  const reserve = mode === 'camera' ? takeLength(challenge.phrase) + RESERVE_MS : 0;
  switch (await view.action(['record', 'file', 'camera', 'chosen'], challenge.expiresAt - reserve)) {
    case 'record': return 'recording';
    case 'chosen': return chosen(flow);
    case 'file': return switchTo(flow, 'file');
    case 'camera': return switchTo(flow, 'camera');
    default: throw new Problem('session-expired');
  }
}

async function recording(flow) {
  const { view, stream, challenge } = flow;
  if (await view.countDown() === 'redo') return 'ready';
  const take = record(stream);
  // Also settles when the take is dropped: then nobody waits for it.
  take.finished.catch(() => {});
  const action = await view.recordingRuns(takeLength(challenge.phrase), take).finally(take.stop);
  if (action === 'redo') return 'ready';
  flow.capture = await take.finished;
  return 'sending';
}

async function sending(flow) {
  const { view, request, capture, challenge } = flow;
  const submit = request.submit ?? biometry.verify;
  release(flow);
  view.show('uploading');
  try {
    const { expiresAt } = await submit(challenge, capture, view.upload());
    flow.proof = { expiresAt, session: challenge.id };
    return 'finishing';
  } catch (error) {
    // The person stopped the upload, not the flow: session and phrase are as before.
    if (error.name === 'AbortError' && view.isOpen()) return 'opening';
    throw error;
  }
}

async function finishing(flow) {
  flow.view.show('finishing');
  flow.line = await flow.request.finish(flow.proof);
  return 'done';
}

async function done({ view, line }) {
  await view.showDone(line);
  return 'done-seen';
}

async function problem(flow) {
  const { view, request, trouble } = flow;
  release(flow);
  // Whatever else a recording is for, only a verification burns its phrase.
  if (request.submit) flow.capture = isVerdict(trouble) ? null : flow.capture;
  else if (isVerdict(trouble)) await renew(flow);
  const next = await view.showProblem(trouble, {
    hasPhrase: flow.challenge !== null,
    hasCapture: flow.capture !== null && flow.challenge !== null,
    hasPassed: flow.proof !== null,
    filesHelp: isDeviceProblem(trouble) && request.kind !== 'voice',
  });
  return follow(next, flow);
}

/** Where the button of a problem leads. */
function follow(next, flow) {
  switch (next) {
    case 'resend': return 'sending';
    case 'finish': return 'finishing';
    case 'consent': return 'consent';
    case 'login': return 'login';
    case 'file': return switchTo(flow, 'file');
    case 'camera': return switchTo(flow, 'camera');
    case 'restart': return restart(flow);
    default: return 'opening';
  }
}

/** After a verdict: the fresh phrase of the answer, and its time, or no challenge at all. */
async function renew(flow) {
  const { phrase, expires_at: stated, attempts_left: attemptsLeft } = flow.trouble.members;
  flow.capture = null;
  if (!phrase || attemptsLeft === 0) return void (flow.challenge = null);
  const expiresAt = Date.parse(stated ?? (await biometry.status(flow.challenge.id).catch(() => ({}))).expires_at);
  flow.challenge = { ...flow.challenge, phrase, expiresAt: Number.isNaN(expiresAt) ? flow.challenge.expiresAt : expiresAt };
}

/** A refusal of the operation itself may name a new intent: then that is what must be read and approved. */
function restart(flow) {
  flow.challenge = null;
  flow.proof = null;
  const intent = flow.trouble.members.step_up?.intent;
  if (!intent) return 'opening';
  flow.request = { ...flow.request, intent: intent.id, display: intent.display };
  return 'review';
}

function switchTo(flow, mode) {
  flow.mode = mode;
  if (mode === 'file') release(flow);
  return 'opening';
}

function chosen(flow) {
  flow.capture = fromFile(flow.view.chosenFile());
  return 'sending';
}

/** The camera's light goes out whenever nothing is being recorded or framed. */
function release(flow) {
  closeCamera(flow.stream);
  showPreview(flow.view.preview, null);
  flow.stream = null;
}

/** Tells the server that nobody will answer this phrase any more. Nothing depends on the answer. */
function abandon({ challenge, proof, request }) {
  const isOver = challenge && (!proof || request.submit);
  if (isOver && request.kind !== 'login') biometry.end(challenge.id).catch(() => {});
}

function takeLength(phrase) {
  const words = phrase.trim().split(/\s+/).length;
  return Math.min(TAKE.most, Math.max(TAKE.least, words * TAKE.perWord + TAKE.air));
}
