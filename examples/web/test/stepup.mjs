import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../js/api.js';
import { stepUp } from '../js/stepup.js';
import { FakeCamera, FakeServer, FakeView, NEVER, ok, refused } from './fakes/browser.mjs';

const START = 'POST /biometry/session/start';
const VERIFY = 'POST /biometry/verify';
const END = 'POST /biometry/session/end';
const CONSENT = 'GET /biometry/consent';

const LATER = new Date(Date.now() + 180_000).toISOString();
const given = (authorization) => ok({ authorization: { given: authorization }, storage: { given: authorization } });
const started = (id = 's-1', phrase = 'one two') => ok({ data: id, phrase, expires_at: LATER });
const passed = ok({ scoring_result: 'pass', decision: { expires_at: LATER } });

/** Walks through one step-up as scripted. */
async function walk(script, { answers = {}, camera = new FakeCamera(), request = {}, file } = {}) {
  const server = new FakeServer({ [CONSENT]: [given(true)], [START]: [started()], [VERIFY]: [passed], ...answers });
  const view = new FakeView(script);
  view.file = file;
  let finished = 0;
  server.install();
  camera.install();
  const finish = async () => { finished += 1; return 'Done.'; };
  const end = await stepUp(view, { policy: 'statement', heading: '', reason: '', display: [], finish, ...request });
  return { end, view, server, camera, finished };
}

test('with consent, one take leads from the review to the end', async () => {
  const { end, view, server, camera, finished } = await walk(['proceed', 'record', 'stop']);
  assert.equal(end, 'done');
  assert.equal(finished, 1);
  assert.deepEqual(view.shown, ['review', 'opening-camera', 'opening-phrase', 'ready:camera', 'uploading', 'finishing', 'done']);
  assert.equal(server.requests.find(({ route }) => route === VERIFY).headers['X-Session-ID'], 's-1');
  assert.equal(server.count(END), 0, 'a session that passed is not ended');
  assert.equal(camera.on, 0);
});

test('without consent nothing opens before it is given', async () => {
  const { end, view, camera, server } = await walk(['proceed', 'close'], { answers: { [CONSENT]: [given(false)] } });
  assert.equal(end, 'closed');
  assert.deepEqual(view.shown, ['review', 'consent']);
  assert.equal(server.count(START), 0);
  assert.equal(camera.on, 0);
});

test('only an explicit pass reaches the operation', async () => {
  for (const scoring_result of ['fail', 'refer', 'passed', 'PASS', true, 1, null, undefined]) {
    const { view, finished } = await walk(['proceed', 'record', 'stop'], { answers: { [VERIFY]: [ok({ scoring_result })] } });
    assert.equal(finished, 0, String(scoring_result));
    assert.equal(view.problems[0].code, 'unreadable-answer');
  }
});

test('a verdict brings the phrase of its answer, in the same session', async () => {
  const failed = refused(403, 'verification-failed', { phrase: 'three four', attempts_left: 2, expires_at: LATER });
  const { end, view, server } = await walk(['proceed', 'record', 'stop', 'retry', 'record', 'stop'], { answers: { [VERIFY]: [failed, passed] } });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two', 'three four']);
  assert.equal(server.count(START), 1);
});

test('after the last attempt there is neither a phrase nor a recording to send again', async () => {
  const failed = refused(403, 'verification-failed', { attempts_left: 0 });
  const { view, finished } = await walk(['proceed', 'record', 'stop'], { answers: { [VERIFY]: [failed] } });
  assert.equal(finished, 0);
  assert.deepEqual(view.problems, [{ code: 'verification-failed', hasPhrase: false, hasCapture: false, hasPassed: false, filesHelp: false }]);
});

test('an unanswered upload may be sent again as it is', async () => {
  const { end, view, server } = await walk(['proceed', 'record', 'stop', 'resend'], { answers: { [VERIFY]: [refused(503, 'overloaded'), passed] } });
  assert.equal(end, 'done');
  assert.equal(view.problems[0].hasCapture, true);
  assert.equal(server.count(VERIFY), 2);
  assert.deepEqual(view.phrases, ['one two']);
});

test('a lost operation after a pass is repeated without another check', async () => {
  let tries = 0;
  const finish = async () => {
    tries += 1;
    if (tries === 1) throw new Problem('network-error');
    return 'Done.';
  };
  const { end, view, server } = await walk(['proceed', 'record', 'stop', 'finish'], { request: { finish } });
  assert.equal(end, 'done');
  assert.equal(view.problems[0].hasPassed, true);
  assert.equal(server.count(VERIFY), 1);
});

test('stopping the upload goes back to the same phrase', async () => {
  const { end, view, server } = await walk(['proceed', 'record', 'stop', 'abort', 'record', 'stop'], { answers: { [VERIFY]: [NEVER, passed] } });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two', 'one two']);
  assert.equal(server.count(START), 1);
});

test('a phrase that ran out is replaced by a new session', async () => {
  const { view, server } = await walk(['proceed', 'expired', 'restart'], { answers: { [START]: [started(), started('s-2', 'five six')] } });
  assert.equal(view.problems[0].code, 'session-expired');
  assert.deepEqual(view.phrases, ['one two', 'five six']);
  assert.equal(server.count(START), 2);
});

test('closing ends the session and puts the camera’s light out, wherever it happens', async () => {
  for (const script of [['proceed'], ['proceed', 'record'], ['proceed', 'record', 'redo'], ['proceed', 'file']]) {
    const { end, server, camera } = await walk(script);
    assert.equal(end, 'closed');
    assert.equal(server.count(END), 1, script.join());
    assert.equal(camera.on, 0, script.join());
  }
});

test('a blocked camera is explained, and a chosen file takes its place', async () => {
  const camera = new FakeCamera(new DOMException('no', 'NotAllowedError'));
  const file = Object.assign(new Blob(['film']), { name: 'me.mp4' });
  const { end, view, server } = await walk(['proceed', 'file', 'chosen'], { camera, file });
  assert.equal(end, 'done');
  assert.deepEqual(view.problems.map(({ code, filesHelp }) => [code, filesHelp]), [['camera-denied', true]]);
  assert.equal(server.requests.find(({ route }) => route === VERIFY).body.get('video').name, 'me.mp4');
});

test('a file that cannot be sent is refused before it is', async () => {
  const file = Object.assign(new Blob([]), { name: 'me.mp4' });
  const { view, server } = await walk(['proceed', 'file', 'chosen'], { file });
  assert.equal(view.problems[0].code, 'recording-empty');
  assert.equal(server.count(VERIFY), 0);
});

test('a refused operation that names another intent has it reviewed first', async () => {
  const intent = { id: 'int-2', display: [{ label: 'Amount', value: '9.00 EUR' }] };
  const finish = async () => { throw new Problem('step-up-required', { reason: 'absent', step_up: { intent } }); };
  const { view, server } = await walk(['proceed', 'record', 'stop', 'restart', 'close'], { request: { intent: 'int-1', finish } });
  assert.deepEqual(view.reviewed.display, intent.display);
  assert.equal(server.count(START), 1, 'nothing starts before it is reviewed');
});

test('signing in asks for no consent, names the subject and leaves the session to run out', async () => {
  const { end, view, server } = await walk(['close'], { request: { kind: 'login', policy: 'login', subject: 'ana@example.com' } });
  assert.equal(end, 'closed');
  assert.deepEqual(view.shown, ['opening-camera', 'opening-phrase', 'ready:camera']);
  assert.deepEqual(server.requests.map(({ route }) => route), [START]);
  assert.equal(server.requests[0].body.subject, 'ana@example.com');
});

test('a voice is sent where it belongs, and its session is over afterwards', async () => {
  const sent = [];
  const submit = async ({ id, phrase }, { blob }) => { sent.push([id, phrase, blob.size]); return {}; };
  const { end, server, camera } = await walk(['proceed', 'record', 'stop'], { request: { kind: 'voice', needs: ['storage'], submit } });
  assert.equal(end, 'done');
  assert.deepEqual(sent, [['s-1', 'one two', 4]]);
  assert.deepEqual(camera.asked, [['audio']]);
  assert.equal(server.count(VERIFY), 0);
  assert.equal(server.count(END), 1);
});

test('a voice that was not taken keeps its phrase', async () => {
  let tries = 0;
  const submit = async () => {
    tries += 1;
    if (tries === 1) throw new Problem('enrollment-failed');
    return {};
  };
  const { end, view, server } = await walk(['proceed', 'record', 'stop', 'retry', 'record', 'stop'], { request: { kind: 'voice', submit } });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two', 'one two']);
  assert.deepEqual(view.problems.map(({ hasPhrase, hasCapture }) => [hasPhrase, hasCapture]), [[true, false]]);
  assert.equal(server.count(START), 1);
});

test('whatever the operation needs is asked for beforehand', async () => {
  const only = ok({ authorization: { given: true }, storage: { given: false } });
  for (const [needs, asked] of [[['authorization'], false], [['authorization', 'storage'], true]]) {
    const { view } = await walk(['proceed', 'close'], { answers: { [CONSENT]: [only] }, request: { needs } });
    assert.equal(view.shown.includes('consent'), asked, needs.join());
  }
});
