import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../js/api.js';
import { explain, inOneLine, isDeviceProblem, isVerdict } from '../js/problems.js';

/** Every code that the mounted routes and gated routes answer with, and its status. */
const CODES = {
  'authentication-required': 401, 'step-up-required': 401,
  'consent-required': 403, 'verification-failed': 403, 'verification-referred': 403, 'enrolled-not-verified': 403,
  'enrollment-failed': 403, 'document-rejected': 403, 'match-failed': 403, 'enrollment-closed': 403, 'subject-conflict': 403,
  'cross-site': 403,
  'session-unknown': 404, 'session-busy': 409, 'session-expired': 410,
  'upload-too-large': 413, 'unsupported-media': 415, 'invalid-upload': 422, 'phrase-mismatch': 422, 'invalid-request': 422,
  'too-many-attempts': 429, 'upload-timeout': 400,
  'platform-error': 502, 'platform-unavailable': 503, 'store-unavailable': 503, overloaded: 503, 'platform-timeout': 504,
};
/** What this page finds out by itself. */
const OWN = [
  'network-error', 'no-answer', 'recording-empty', 'picture-unreadable', 'page-error', 'unreadable-answer', 'camera-denied', 'camera-missing', 'camera-busy',
  'camera-lost', 'camera-insecure', 'camera-unsupported', 'recorder-missing',
];
const STEPS = new Set(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'close']);
const FROM_THE_SERVER = { title: 'the server’s title', detail: 'the server’s detail', request_id: 'r-1' };

test('every code of the server has words and a next step of its own', () => {
  for (const [code, status] of Object.entries(CODES)) {
    const { title, text, next, small } = explain(new Problem(code, { ...FROM_THE_SERVER, status }));
    assert.notEqual(title, FROM_THE_SERVER.title, code);
    assert.notEqual(text, FROM_THE_SERVER.detail, code);
    assert.ok(STEPS.has(next), `${code}: ${next}`);
    assert.equal(small, 'For support: r-1');
  }
});

test('so has every problem of the page itself', () => {
  const unheardOf = explain(new Problem('unheard-of')).title;
  for (const code of OWN) assert.notEqual(explain(new Problem(code)).title, unheardOf, code);
});

test('no two problems read the same', () => {
  const codes = [...Object.keys(CODES), ...OWN];
  assert.equal(new Set(codes.map((code) => explain(new Problem(code)).title)).size, codes.length);
});

test('an unknown code speaks with the server’s words, whatever it is called', () => {
  for (const code of ['brand-new', 'constructor', '__proto__', 'toString', '']) {
    const { title, text, next } = explain(new Problem(code, { ...FROM_THE_SERVER, status: 403 }));
    assert.deepEqual([title, text, next], [FROM_THE_SERVER.title, FROM_THE_SERVER.detail, 'restart']);
  }
  assert.equal(explain(new Problem('brand-new', { status: 599 })).next, 'resend');
  assert.ok(explain(new Problem('brand-new')).text.length > 0);
});

test('only verdicts burn a phrase, and only devices are helped by a file', () => {
  const burnt = ['verification-failed', 'verification-referred', 'enrolled-not-verified', 'enrollment-failed', 'document-rejected', 'match-failed'];
  for (const code of [...Object.keys(CODES), ...OWN]) {
    assert.equal(isVerdict(new Problem(code)), burnt.includes(code), code);
    assert.equal(isDeviceProblem(new Problem(code)), /^(camera|recorder)-/.test(code), code);
  }
});

test('how long to wait is said', () => {
  assert.match(inOneLine(new Problem('too-many-attempts', { retryAfter: 1800 })), /about 30 minutes\.$/);
  assert.match(inOneLine(new Problem('overloaded', { retryAfter: 3 })), /about 3 seconds\.$/);
  assert.doesNotMatch(inOneLine(new Problem('overloaded', { retryAfter: 0 })), /about/);
});

test('a used-up proof after a pass asks to look before approving again', () => {
  const problem = new Problem('step-up-required', { reason: 'consumed' });
  assert.notEqual(explain(problem, { hasPassed: true }).title, explain(problem, { hasPassed: false }).title);
});

test('a face that did not sign in is told what else it takes, and may try again', () => {
  const signingIn = explain(new Problem('verification-failed'), { kind: 'login' });
  assert.equal(signingIn.next, 'retry');
  assert.notEqual(signingIn.text, explain(new Problem('verification-failed')).text);
});

test('who signs in by face is told what only signing in needs', () => {
  for (const code of ['consent-required', 'enrolled-not-verified', 'authentication-required']) {
    const signingIn = explain(new Problem(code), { kind: 'login' });
    assert.equal(signingIn.next, 'login', code);
    assert.notEqual(signingIn.text, explain(new Problem(code)).text);
  }
});

test('what is sent is called by its name: a picture is no video, and a voice neither', () => {
  for (const code of ['upload-too-large', 'unsupported-media', 'enrollment-failed', 'camera-denied', 'camera-missing', 'consent-required']) {
    for (const kind of ['portrait', 'document']) {
      const { title, text } = explain(new Problem(code), { kind });
      assert.doesNotMatch(`${title} ${text}`, /video|phrase|microphone/i, `${code} ${kind}`);
    }
  }
  for (const code of ['upload-too-large', 'unsupported-media', 'enrollment-failed', 'camera-denied', 'camera-missing']) {
    const { title, text } = explain(new Problem(code), { kind: 'voice' });
    assert.doesNotMatch(`${title} ${text}`, /video|picture|camera/i, code);
  }
});

test('a kind that nobody knows changes nothing', () => {
  for (const kind of ['constructor', '__proto__', undefined]) {
    assert.deepEqual(explain(new Problem('overloaded'), { kind }), explain(new Problem('overloaded')));
  }
});
