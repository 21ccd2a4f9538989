import assert from 'node:assert/strict';
import { test } from 'node:test';

import './fakes/mount.mjs';

const { problemOf, through } = await import('../js/sdk-client.js');

const LATER = new Date(Date.now() + 180_000).toISOString();
const CHALLENGE = { id: 's-1', phrase: 'one two', expiresAt: 0 };
const PICTURE = new File(['p'], 'picture.jpg', { type: 'image/jpeg' });
const sent = { onSent: () => {} };

/** An SDK that answers every call as told, and remembers them. */
function clientOf(body) {
  const calls = [];
  const sdk = new Proxy({}, {
    get: (_, method) => async (...args) => {
      calls.push([method, ...args]);
      if (body instanceof Error) throw body;
      return { body, headers: {} };
    },
  });
  return { client: through(sdk, {}, () => 'ana@example.com'), calls };
}

test('the SDK is called as it wants to be', async () => {
  const { client, calls } = clientOf({ data: 's-1', phrase: 'one two', expires_at: LATER, scoring_result: 'pass' });
  assert.equal((await client.start({ policy: 'statement' })).id, 's-1');
  await client.verify(CHALLENGE, PICTURE, sent);
  await client.giveConsent({ authorization: true, storage: true });
  await client.withdrawConsent('all');
  await client.end('s-1');
  assert.deepEqual(calls.map(([method]) => method), [
    'startSession', 'processVideo', 'giveAuthorizationConsent', 'giveStorageConsent', 'giveStorageConsent', 'giveAuthorizationConsent', 'endSession',
  ]);
  const [, video, phrase, name, more] = calls[1];
  assert.ok(video instanceof File);
  assert.deepEqual([video.name, video.type, phrase, name, more], ['picture.jpg', 'image/jpeg', 'one two', 'ana@example.com', { sessionId: 's-1' }]);
});

test('only an explicit pass is one', async () => {
  for (const scoring_result of ['fail', 'refer', 'PASS', { status: 'pass' }, true, undefined]) {
    const { client } = clientOf({ scoring_result, code: 'verification-failed', phrase: 'three four', attempts_left: 1 });
    await assert.rejects(client.verify(CHALLENGE, PICTURE, sent), (problem) => problem.code === 'verification-failed' && problem.members.phrase === 'three four');
  }
});

test('an answer that holds a failure is one, whatever its status', async () => {
  const refuses = {
    enrollFace: [[PICTURE, sent], 'enrollment-failed', [{}, { data: {} }, { data: { enrollment_result: { code: 1 } } }, { data: { enrollment_result: { code: '0' } } }]],
    enrollVoice: [[CHALLENGE, PICTURE, sent], 'enrollment-failed', [{}, { data: { status: 'qafailed' } }]],
    checkDocument: [['s-1', PICTURE, sent], 'document-rejected', [{}, { scoring_result: 'fail' }]],
    matchFaces: [['s-1', PICTURE, sent], 'match-failed', [{}, { data: { code: 1, result: 1 } }, { data: { code: 0, result: 0 } }, { data: { result: true } }]],
  };
  for (const [method, [args, code, bodies]] of Object.entries(refuses)) {
    for (const body of bodies) {
      await assert.rejects(clientOf(body).client[method](...args), { code }, `${method} ${JSON.stringify(body)}`);
    }
  }
});

test('and one that holds a success is granted', async () => {
  await clientOf({ data: { enrollment_result: { code: 0 } } }).client.enrollFace(PICTURE, sent);
  await clientOf({ data: { status: 'good' } }).client.enrollVoice(CHALLENGE, PICTURE, sent);
  await clientOf({ scoring_result: 'pass' }).client.checkDocument('s-1', PICTURE, sent);
  await clientOf({ data: { code: 0, result: 1 } }).client.matchFaces('s-1', PICTURE, sent);
});

test('the words of the SDK become a problem', async () => {
  for (const [message, code, detail] of [
    ['Error 401: nobody is logged in', 'authentication-required', 'nobody is logged in'],
    ['Error 403: agree first', 'refused', 'agree first'],
    ['Error 504: too slow:\nvery', 'platform-timeout', 'too slow:\nvery'],
    ['Failed to fetch', 'network-error', undefined],
    ['Error 4xx: odd', 'network-error', undefined],
  ]) {
    const problem = problemOf(new Error(message));
    assert.deepEqual([problem.code, problem.detail], [code, detail], message);
  }
  await assert.rejects(clientOf(new Error('Error 410: too late')).client.end('s-1'), { code: 'session-expired' });
});
