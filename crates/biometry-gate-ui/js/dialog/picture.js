/**
 * Taking one picture and sending it, as a state machine in the manner of `check.js`.
 *
 * ```text
 * consent ──▶ framing ──▶ looking ──▶ sending ──▶ done
 *    ▲          ▲  ▲         │ again     │
 *    │          │  └─────────┘           │
 *    └──────────┴─────── problem ◀───────┘
 * ```
 * Nothing leaves the device before the person has looked at the picture and said so.
 */

import { run } from './machine.js';
import { filesHelp } from './meanings.js';
import { fromPicture, snapshot } from './picture-file.js';

/**
 * @typedef {object} PictureRequest
 * @property {'portrait'|'document'} kind
 * @property {('authorization'|'storage')[]} needs what must have been agreed to before anything is taken
 * @property {(picture: File, progress: import('../http/upload.js').Progress) => Promise<any>} send
 */

const STATES = { consent, framing, looking, sending, done, problem };

/**
 * Walks a person through one picture.
 * @param {import('./view.js').DialogView} view @param {import('../http/client.js').Client} client @param {PictureRequest} request
 * @returns {Promise<'done'|'closed'|'login'>} `login`: to be continued at the login form
 */
export async function takePicture(view, client, request) {
  const flow = { view, client, request, mode: 'camera', isOpen: false, picture: null, trouble: null, missing: request.needs };
  const state = await run(STATES, 'consent', flow);
  release(flow);
  return state === 'seen' ? 'done' : state;
}

async function consent({ view, client, missing, picture }) {
  view.show('opening.start');
  const given = await view.unlessClosed(client.consent());
  if (!missing.every((purpose) => given[purpose]?.given === true)) await view.askConsent(missing, client);
  return picture ? 'looking' : 'framing';
}

async function framing(flow) {
  const { view, mode } = flow;
  flow.picture = null;
  if (mode === 'camera' && !flow.isOpen) {
    if (await view.openCamera() === 'file') return switchTo(flow, 'file');
    flow.isOpen = true;
  }
  view.showFraming(mode);
  switch (await view.action(['shoot', 'use-file', 'use-camera', 'chosen-picture'])) {
    case 'shoot': flow.picture = await snapshot(view.preview); return 'looking';
    case 'chosen-picture': flow.picture = await fromPicture(view.chosenPicture()); return 'looking';
    case 'use-file': return switchTo(flow, 'file');
    default: return switchTo(flow, 'camera');
  }
}

async function looking(flow) {
  release(flow);
  flow.view.showPicture(flow.picture);
  return (await flow.view.action(['send', 'again'])) === 'send' ? 'sending' : 'framing';
}

async function sending({ view, request, picture }) {
  view.show('sending');
  try {
    await request.send(picture, view.upload());
    return 'done';
  } catch (error) {
    // The person stopped the upload, not the flow.
    if (error.name === 'AbortError' && view.isOpen()) return 'looking';
    throw error;
  }
}

async function done({ view }) {
  await view.showDone();
  return 'seen';
}

async function problem(flow) {
  const { view, trouble, picture } = flow;
  release(flow);
  const next = await view.showProblem(trouble, { hasPhrase: true, hasCapture: picture !== null, filesHelp: filesHelp(trouble) });
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
  flow.view.closeCamera();
  flow.isOpen = false;
}
