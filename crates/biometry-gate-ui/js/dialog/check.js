/**
 * A check as a state machine: each state is a function that does its part and names the next state.
 *
 * ```text
 * review ─┬──────────▶ opening ──▶ capture ──▶ sending ──▶ done
 *         └▶ consent ────▲ ▲ ▲        │ ▲        │ ▲ └──▶ settling ──▶ done
 *                        │ └─┼────────┘ │        ▼ │          │
 *                        └───┴───────── problem ◀──┴──────────┘
 * ```
 * Closing the dialog leads to `closed` from everywhere. Only an explicit pass reaches `done`.
 */

import { Problem, isProblem } from '../http/problem.js';
import { piecesOf } from '../scanner/pieces.js';
import { run } from './machine.js';
import { filesHelp, isVerdict } from './meanings.js';
import { isDoubtful, readTruth, settled } from './settle.js';

/**
 * What is to be approved, or what a recording is needed for.
 * @typedef {object} Check
 * @property {'stepup'|'login'|'voice'} kind what is recorded, and why
 * @property {string} [policy] the host's default policy where none is named
 * @property {string} [intent] id that the refusal handed out
 * @property {string} [subject] in login mode only
 * @property {string} [reason] why the gate asks
 * @property {{label: string, value: string}[]} [display] the operation, as the server states it
 * @property {('authorization'|'storage')[]} [needs] what must have been agreed to; being checked where none is named
 * @property {(challenge: any, capture: File, progress: any) => Promise<any>} [submit] what becomes of the recording; it is
 *   verified where there is none
 * @property {(proof: {expiresAt: number, session: string, waited?: boolean}) => void} passed called at the pass
 */

const STATES = { pending, review, consent, opening, capture, sending, settling, done, problem };
const FIRST = { login: 'opening', voice: 'review' };

/**
 * Walks a person through one check.
 * @param {import('./view.js').DialogView} view
 * @param {import('../http/client.js').Client} client
 * @param {Check} request
 * @returns {Promise<'done'|'closed'|'login'>} `login`: to be continued at the login form
 */
export async function check(view, client, request) {
  const flow = { view, client, request, mode: 'camera', isOpen: false, challenge: null, capture: null, trouble: null, doubt: null, proof: null };
  const first = request.reason === 'pending' ? 'pending' : FIRST[request.kind] ?? 'review';
  const state = await run(STATES, first, flow);
  release(flow);
  if (state !== 'seen' || request.submit) abandon(flow);
  return state === 'seen' ? 'done' : state;
}

/** A check whose answer this page never saw, after a reload for example: perhaps it passes yet. */
async function pending({ view, client, request }) {
  view.show('processing');
  const session = await view.unlessClosed(settled(client, undefined, { signal: view.signal })).catch(keepAbort);
  if (session?.state !== 'passed') return 'review';
  request.passed({ expiresAt: Date.parse(session.expires_at), session: session.data, waited: true });
  return 'done';
}

async function review({ view, client, request }) {
  view.showReview(request);
  await view.action(['proceed']);
  const given = await view.unlessClosed(client.consent());
  return needs(request).every((purpose) => given[purpose]?.given === true) ? 'opening' : 'consent';
}

async function consent({ view, client, request, trouble }) {
  await view.askConsent(trouble?.members.purposes ?? needs(request), client);
  return 'opening';
}

function needs(request) {
  return request.needs ?? ['authorization'];
}

/** Camera first: a person who takes a while to allow it should not pay with the phrase's time. */
async function opening(flow) {
  const { view, client, request } = flow;
  flow.capture = null;
  if (flow.mode === 'camera' && !flow.isOpen) {
    if (await view.openCamera() === 'file') return switchTo(flow, 'file');
    flow.isOpen = true;
  }
  if (!flow.challenge) {
    view.show('opening.phrase');
    const { policy, intent, subject } = request;
    flow.challenge = await view.unlessClosed(client.start({ policy, intent, subject }), (late) => { client.end(late.id).catch(() => {}); });
    piecesOf(flow.challenge.phrase, flow.challenge.spoken);
    if (request.kind === 'login') await checkCookie(flow);
  }
  return 'capture';
}

/** Some browsers keep no secure cookie on a plain address, and the sign-in hangs on one: better said before a person films. */
async function checkCookie({ view, client, challenge }) {
  const lost = await view.unlessClosed(client.status(challenge.id).then(() => false, ({ status }) => status === 401));
  if (lost) throw new Problem(globalThis.location?.protocol === 'http:' ? 'cookie-not-kept' : 'authentication-required', { status: 401 });
}

async function capture(flow) {
  const { view, request, challenge, mode } = flow;
  const { file, to } = await view.capture(challenge, { display: request.display ?? [], mode });
  if (!file) return switchTo(flow, to);
  flow.capture = file;
  return 'sending';
}

async function sending(flow) {
  const { view, client, request, capture: file, challenge } = flow;
  const submit = request.submit ?? client.verify;
  release(flow);
  view.show('sending');
  try {
    return pass(flow, await submit(challenge, file, view.upload()));
  } catch (error) {
    if (!view.isOpen()) throw new DOMException('closed', 'AbortError');
    // What else a recording may be for leaves no trace to ask for.
    if (request.submit && error.name === 'AbortError') return 'opening';
    if (request.submit || !isDoubtful(error)) throw error;
    flow.doubt = error;
    return 'settling';
  }
}

async function settling(flow) {
  const { view, client, challenge, doubt } = flow;
  view.show('processing');
  let session;
  try {
    session = await view.unlessClosed(settled(client, challenge.id, { signal: view.signal }));
  } catch (error) {
    // The first failure says more than the one of asking about it.
    throw error.code === 'network-error' && isProblem(doubt) ? doubt : error;
  }
  const proof = readTruth(session, doubt);
  return proof ? pass(flow, proof) : 'opening';
}

function pass(flow, { expiresAt }) {
  flow.proof = { expiresAt, session: flow.challenge.id };
  flow.request.passed(flow.proof);
  return 'done';
}

async function done({ view }) {
  await view.showDone();
  return 'seen';
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
    filesHelp: filesHelp(trouble) && request.kind !== 'voice',
  });
  return follow(next, flow);
}

/** Where the button of a problem leads. */
function follow(next, flow) {
  switch (next) {
    case 'resend': return 'sending';
    case 'consent': return 'consent';
    case 'login': return 'login';
    case 'file': return switchTo(flow, 'file');
    case 'camera': return switchTo(flow, 'camera');
    case 'restart': flow.challenge = null; return 'opening';
    default: return 'opening';
  }
}

/** After a verdict: the fresh phrase of the answer, and its time, or no challenge at all. */
async function renew(flow) {
  const { phrase, spoken, expires_at: stated, attempts_left: attemptsLeft } = flow.trouble.members;
  const { challenge } = flow;
  flow.capture = null;
  flow.challenge = null;
  if (!phrase || attemptsLeft === 0) return;
  // What is approved is the same as before.
  if (JSON.stringify(spoken) !== JSON.stringify(challenge.spoken)) throw new Problem('unreadable-answer');
  piecesOf(phrase, spoken);
  const expiresAt = Date.parse(stated ?? (await flow.client.status(challenge.id).catch(() => ({}))).expires_at);
  flow.challenge = { ...challenge, phrase, expiresAt: Number.isNaN(expiresAt) ? challenge.expiresAt : expiresAt };
}

function switchTo(flow, mode) {
  flow.mode = mode;
  if (mode === 'file') release(flow);
  return 'opening';
}

/** The camera's light goes out whenever nothing is being recorded or framed. */
function release(flow) {
  flow.view.closeCamera();
  flow.isOpen = false;
}

/** Tells the server that nobody will answer this phrase any more. Nothing depends on the answer. */
function abandon({ client, challenge, proof, request }) {
  const isOver = challenge && (!proof || request.submit);
  if (isOver && request.kind !== 'login') client.end(challenge.id).catch(() => {});
}

function keepAbort(error) {
  if (error.name === 'AbortError') throw error;
  return null;
}
