import assert from 'node:assert/strict';
import { test } from 'node:test';

import { check } from '../js/dialog/check.js';
import { nativeClient } from '../js/http/client.js';
import { Problem } from '../js/http/problem.js';
import { FakeServer, FakeView, NEVER, ok, refused } from './fakes/browser.mjs';

const START = 'POST /biometry/session/start';
const VERIFY = 'POST /biometry/verify';
const END = 'POST /biometry/session/end';
const CONSENT = 'GET /biometry/consent';
const STATUS = 'GET /biometry/session';

const LATER = new Date(Date.now() + 180_000).toISOString();
const given = (authorization) => ok({ authorization: { given: authorization }, storage: { given: authorization } });
const started = (id = 's-1', phrase = 'one two') => ok({ data: id, phrase, expires_at: LATER });
const passed = ok({ scoring_result: 'pass', decision: { expires_at: LATER } });
const session = (state, more = {}) => ok({ data: 's-1', state, expires_at: LATER, ...more });
const CUT = { status: -1, json: null };

/** Walks through one check as scripted. */
async function walk(script, { answers = {}, trouble, request = {}, file } = {}) {
  const server = new FakeServer({ [CONSENT]: [given(true)], [START]: [started()], [VERIFY]: [passed], ...answers });
  const view = new FakeView(script, { trouble, file });
  const proofs = [];
  server.install();
  const end = await check(view, nativeClient('/biometry'), { kind: 'stepup', policy: 'statement', display: [], passed: (proof) => proofs.push(proof), ...request });
  return { end, view, server, proofs };
}

test('with consent, one take leads from the review to the end', async () => {
  const { end, view, server, proofs } = await walk(['proceed', 'record']);
  assert.equal(end, 'done');
  assert.deepEqual(proofs, [{ expiresAt: Date.parse(LATER), session: 's-1' }]);
  assert.deepEqual(view.shown, ['review', 'opening.camera', 'opening.phrase', 'ready:camera', 'sending', 'done']);
  assert.equal(server.requests.find(({ route }) => route === VERIFY).headers['X-Session-ID'], 's-1');
  assert.equal(server.count(END), 0, 'a session that passed is not ended');
  assert.equal(view.on, 0);
});

test('without consent nothing opens before it is given', async () => {
  const { end, view, server } = await walk(['proceed', 'close'], { answers: { [CONSENT]: [given(false)] } });
  assert.equal(end, 'closed');
  assert.deepEqual(view.shown, ['review', 'consent']);
  assert.equal(server.count(START), 0);
  assert.equal(view.opened, 0);
});

test('only an explicit pass is one', async () => {
  for (const scoring_result of ['fail', 'refer', 'passed', 'PASS', true, 1, null, undefined]) {
    const { view, proofs } = await walk(['proceed', 'record'], { answers: { [VERIFY]: [ok({ scoring_result })], [STATUS]: [session('failed')] } });
    assert.equal(proofs.length, 0, String(scoring_result));
    assert.equal(view.problems[0].code, 'verification-failed');
  }
});

test('a verdict brings the phrase of its answer, in the same session', async () => {
  const failed = refused(403, 'verification-failed', { phrase: 'three four', attempts_left: 2, expires_at: LATER });
  const { end, view, server } = await walk(['proceed', 'record', 'retry', 'record'], { answers: { [VERIFY]: [failed, passed] } });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two', 'three four']);
  assert.equal(server.count(START), 1);
});

const SPOKEN = [{ label: 'Amount', value: '12.50 AUD', words: 'one two five zero' }];

test('what of the operation is spoken comes with the phrase, and stays when the fresh digits change', async () => {
  const answers = {
    [START]: [ok({ data: 's-1', phrase: 'one two five zero nine', spoken: SPOKEN, expires_at: LATER })],
    [VERIFY]: [refused(403, 'verification-failed', { phrase: 'one two five zero eight', spoken: SPOKEN, attempts_left: 2, expires_at: LATER }), passed],
  };
  const { end, view } = await walk(['proceed', 'record', 'retry', 'record'], { answers });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two five zero nine', 'one two five zero eight']);
  assert.deepEqual(view.spoken, [SPOKEN, SPOKEN]);
});

test('a phrase that does not begin with what is spoken is never read', async () => {
  const answers = { [START]: [ok({ data: 's-1', phrase: 'nine nine five zero nine', spoken: SPOKEN, expires_at: LATER }), started('s-2')] };
  const { view, server } = await walk(['proceed', 'restart'], { answers });
  assert.deepEqual(view.problems.map(({ code }) => code), ['unreadable-answer']);
  assert.deepEqual(view.phrases, ['one two'], 'only that of a new session');
  assert.equal(server.count(START), 2);
});

test('a new phrase for another operation than before is never read', async () => {
  const other = [{ ...SPOKEN[0], value: '99.00 AUD', words: 'nine nine zero zero' }];
  for (const members of [{ phrase: 'nine nine zero zero eight', spoken: other }, { phrase: 'nine eight' }, { phrase: 'nine eight seven six five', spoken: SPOKEN }]) {
    const answers = {
      [START]: [ok({ data: 's-1', phrase: 'one two five zero nine', spoken: SPOKEN, expires_at: LATER })],
      [VERIFY]: [refused(403, 'verification-failed', { ...members, attempts_left: 2, expires_at: LATER })],
    };
    const { view } = await walk(['proceed', 'record'], { answers });
    assert.deepEqual(view.problems.map(({ code, hasPhrase }) => [code, hasPhrase]), [['unreadable-answer', false]]);
    assert.deepEqual(view.phrases, ['one two five zero nine']);
  }
});

test('after the last attempt there is neither a phrase nor a recording to send again', async () => {
  const failed = refused(403, 'verification-failed', { attempts_left: 0 });
  const { view, proofs } = await walk(['proceed', 'record'], { answers: { [VERIFY]: [failed] } });
  assert.equal(proofs.length, 0);
  assert.deepEqual(view.problems, [{ code: 'verification-failed', hasPhrase: false, hasCapture: false, filesHelp: false }]);
});

test('an upload that was turned away may be sent again as it is', async () => {
  const { end, view, server } = await walk(['proceed', 'record', 'resend'], { answers: { [VERIFY]: [refused(503, 'overloaded'), passed] } });
  assert.equal(end, 'done');
  assert.equal(view.problems[0].hasCapture, true);
  assert.equal(server.count(VERIFY), 2);
  assert.deepEqual(view.phrases, ['one two']);
});

test('an upload that was stopped in time goes back to the same phrase', async () => {
  const answers = { [VERIFY]: [NEVER, passed], [STATUS]: [session('processing'), session('issued')] };
  const { end, view, server } = await walk(['proceed', 'record', 'abort', 'record'], { answers });
  assert.equal(end, 'done');
  assert.deepEqual(view.phrases, ['one two', 'one two']);
  assert.equal(server.count(START), 1);
});

test('an upload that was stopped too late counts as what it comes to', async () => {
  const answers = { [VERIFY]: [NEVER], [STATUS]: [session('processing'), session('passed')] };
  const { end, view, proofs } = await walk(['proceed', 'record', 'abort'], { answers });
  assert.equal(end, 'done');
  assert.equal(proofs.length, 1);
  assert.deepEqual(view.phrases, ['one two']);
});

test('the server is asked before a lost answer is called one', async () => {
  for (const lost of [CUT, refused(409, 'session-busy', { state: 'uploading' }), { status: 504, json: '<html>' }]) {
    const answers = { [VERIFY]: [lost], [STATUS]: [session('processing'), session('processing'), session('passed')] };
    const { end, proofs, view } = await walk(['proceed', 'record'], { answers });
    assert.equal(end, 'done');
    assert.equal(proofs[0].session, 's-1');
    assert.deepEqual(view.problems, []);
    assert.ok(view.shown.includes('processing'));
  }
});

test('what the server says of a lost answer is what the person reads', async () => {
  const expected = { issued: ['upload-broken', true], failed: ['verification-failed', false], expired: ['session-expired', true], ended: ['session-busy', true], none: ['session-busy', true] };
  for (const [state, [code, hasCapture]] of Object.entries(expected)) {
    const { view } = await walk(['proceed', 'record'], { answers: { [VERIFY]: [CUT], [STATUS]: [session(state)] } });
    assert.deepEqual([view.problems[0].code, view.problems[0].hasCapture], [code, hasCapture], state);
  }
});

test('a session of the host that is over says so, also behind a broken upload', async () => {
  const { view } = await walk(['proceed', 'record', 'login'], { answers: { [VERIFY]: [CUT], [STATUS]: [refused(401, 'authentication-required')] } });
  assert.equal(view.problems[0].code, 'authentication-required');
});

test('without any connection the recording is kept', async () => {
  const { view } = await walk(['proceed', 'record'], { answers: { [VERIFY]: [CUT], [STATUS]: [CUT] } });
  assert.deepEqual([view.problems[0].code, view.problems[0].hasCapture], ['network-error', true]);
});

test('a check that was begun before a reload is waited for', async () => {
  const request = { reason: 'pending' };
  const good = await walk([], { request, answers: { [STATUS]: [session('processing'), session('passed')] } });
  assert.equal(good.end, 'done');
  assert.equal(good.proofs[0].waited, true);
  const bad = await walk(['close'], { request, answers: { [STATUS]: [session('failed')] } });
  assert.deepEqual(bad.view.shown, ['processing', 'review']);
});

test('a phrase that ran out is replaced by a new session', async () => {
  const { view, server } = await walk(['proceed', 'expired', 'restart'], { answers: { [START]: [started(), started('s-2', 'five six')] } });
  assert.equal(view.problems[0].code, 'session-expired');
  assert.deepEqual(view.phrases, ['one two', 'five six']);
  assert.equal(server.count(START), 2);
});

test('a take that a call interrupts is dropped, and the phrase is as good as before', async () => {
  const { end, view, server } = await walk(['proceed', 'muted', 'retry', 'record']);
  assert.equal(end, 'done');
  assert.deepEqual(view.problems.map(({ code }) => code), ['camera-muted']);
  assert.deepEqual([server.count(START), server.count(VERIFY)], [1, 1]);
});

test('closing ends the session and puts the camera’s light out, wherever it happens', async () => {
  for (const script of [['proceed'], ['proceed', 'use-file'], ['proceed', 'muted']]) {
    const { end, server, view } = await walk(script);
    assert.equal(end, 'closed');
    assert.equal(server.count(END), 1, script.join());
    assert.equal(view.on, 0, script.join());
  }
});

test('a blocked camera is explained, and a chosen file takes its place', async () => {
  const file = new File(['film'], 'me.mp4');
  const { end, view, server } = await walk(['proceed', 'file', 'chosen'], { trouble: new Problem('camera-denied'), file });
  assert.equal(end, 'done');
  assert.deepEqual(view.problems.map(({ code, filesHelp }) => [code, filesHelp]), [['camera-denied', true]]);
  assert.equal(server.requests.find(({ route }) => route === VERIFY).body.get('video').name, 'me.mp4');
});

test('a person need not wait for the browser’s question', async () => {
  const { end, view } = await walk(['proceed', 'waiting', 'chosen']);
  assert.equal(end, 'done');
  assert.equal(view.shown.at(-3), 'ready:file');
});

test('signing in asks for no consent, names the subject and leaves the session to run out', async () => {
  const { end, view, server } = await walk(['close'], { answers: { [STATUS]: [session('issued')] }, request: { kind: 'login', policy: 'login', subject: 'ana@example.com' } });
  assert.equal(end, 'closed');
  assert.deepEqual(view.shown, ['opening.camera', 'opening.phrase', 'ready:camera']);
  assert.deepEqual(server.requests.map(({ route }) => route), [START, STATUS]);
  assert.equal(server.requests[0].body.subject, 'ana@example.com');
});

test('a browser that keeps no secure cookie is told before the person films', async () => {
  for (const [protocol, code] of [['http:', 'cookie-not-kept'], ['https:', 'authentication-required']]) {
    globalThis.location = { protocol };
    const { view } = await walk(['login'], { answers: { [STATUS]: [refused(401, 'authentication-required')] }, request: { kind: 'login', subject: 'ana@example.com' } });
    delete globalThis.location;
    assert.equal(view.problems[0].code, code);
    assert.deepEqual(view.phrases, [], 'no phrase was shown');
  }
});

test('a voice is sent where it belongs, and its session is over afterwards', async () => {
  const sent = [];
  const submit = async ({ id, phrase }, { size }) => { sent.push([id, phrase, size]); return {}; };
  const { end, server } = await walk(['proceed', 'record'], { request: { kind: 'voice', needs: ['storage'], submit } });
  assert.equal(end, 'done');
  assert.deepEqual(sent, [['s-1', 'one two', 4]]);
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
  const { end, view, server } = await walk(['proceed', 'record', 'retry', 'record'], { request: { kind: 'voice', submit } });
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
