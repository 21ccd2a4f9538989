/**
 * Taking one picture and sending it, as a state machine in the manner of `stepup.js`.
 *
 * ```text
 * consent ──▶ framing ──▶ looking ──▶ sending ──▶ done
 *    ▲          ▲  ▲         │ again     │
 *    │          │  └─────────┘           │
 *    └──────────┴─────── problem ◀───────┘
 * ```
 * Nothing leaves the device before the person has looked at the picture and said so.
 */

import * as biometry from './biometry.js';
import { closeCamera, openCamera, showPreview } from './camera.js';
import { run } from './machine.js';
import { fromPicture, snapshot } from './picture-file.js';
import { isDeviceProblem } from './problems.js';

/**
 * @typedef {object} PictureRequest
 * @property {'portrait'|'document'} kind
 * @property {('authorization'|'storage')[]} needs what must have been agreed to before anything is taken
 * @property {(picture: import('./recorder.js').Capture, progress: import('./upload.js').Progress) => Promise<string>} send
 *   resolves to a line for the success state
 */

const STATES = { consent, framing, looking, sending, done, problem };

/**
 * Walks a person through one picture.
 * @param {import('./stepup-view.js').StepUpView} view
 * @param {PictureRequest} request
 * @returns {Promise<'done'|'closed'|'login'>} `login`: to be continued at the login form
 */
export async function takePicture(view, request) {
  const flow = { view, request, mode: 'camera', stream: null, picture: null, trouble: null, line: '', missing: request.needs };
  view.open({ kind: request.kind });
  const state = await run(STATES, 'consent', flow);
  release(flow);
  view.close();
  return state === 'seen' ? 'done' : state;
}

async function consent({ view, missing, picture }) {
  view.show('opening-start');
  const given = await biometry.consent();
  if (!missing.every((purpose) => given[purpose]?.given === true)) {
    await view.showConsent(missing);
    await view.action(['consented']);
  }
  return picture ? 'looking' : 'framing';
}

async function framing(flow) {
  const { view, mode } = flow;
  flow.picture = null;
  if (mode === 'camera' && !flow.stream) {
    view.show('opening-camera');
    flow.stream = await view.unlessClosed(openCamera(flow.request.kind), closeCamera);
  }
  showPreview(view.picture.preview, flow.stream);
  view.showFraming(mode);
  switch (await view.action(['shoot', 'file', 'camera', 'chosen-picture'])) {
    case 'shoot': flow.picture = await snapshot(view.picture.preview); return 'looking';
    case 'chosen-picture': flow.picture = await fromPicture(view.picture.chosenFile()); return 'looking';
    case 'file': return switchTo(flow, 'file');
    default: return switchTo(flow, 'camera');
  }
}

async function looking(flow) {
  release(flow);
  flow.view.showPicture(flow.picture.blob);
  return (await flow.view.action(['send', 'again'])) === 'send' ? 'sending' : 'framing';
}

async function sending(flow) {
  const { view, request, picture } = flow;
  view.show('uploading');
  try {
    flow.line = await request.send(picture, view.upload());
    return 'done';
  } catch (error) {
    // The person stopped the upload, not the flow.
    if (error.name === 'AbortError' && view.isOpen()) return 'looking';
    throw error;
  }
}

async function done({ view, line }) {
  await view.showDone(line);
  return 'seen';
}

async function problem(flow) {
  const { view, trouble, picture } = flow;
  release(flow);
  const next = await view.showProblem(trouble, {
    hasPhrase: true, hasCapture: picture !== null, hasPassed: false, filesHelp: isDeviceProblem(trouble),
  });
  switch (next) {
    case 'resend': return 'sending';
    case 'consent': flow.missing = trouble.members.purposes ?? flow.request.needs; return 'consent';
    case 'login': return 'login';
    case 'file': return switchTo(flow, 'file');
    case 'camera': return switchTo(flow, 'camera');
    default: return 'framing';
  }
}

function switchTo(flow, mode) {
  flow.mode = mode;
  if (mode === 'file') release(flow);
  return 'framing';
}

/** The camera's light goes out whenever nothing is being framed. */
function release(flow) {
  closeCamera(flow.stream);
  showPreview(flow.view.picture.preview, null);
  flow.stream = null;
}
