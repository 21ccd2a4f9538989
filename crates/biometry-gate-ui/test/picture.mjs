import assert from 'node:assert/strict';
import { test } from 'node:test';

import { takePicture } from '../js/dialog/picture.js';
import { nativeClient } from '../js/http/client.js';
import { Problem } from '../js/http/problem.js';
import { FakeServer, FakeView, installPictures, ok } from './fakes/browser.mjs';

const CONSENT = 'GET /biometry/consent';
const given = (authorization, storage = authorization) => ok({ authorization: { given: authorization }, storage: { given: storage } });

/** Walks through one picture as scripted. `answers` is what sending it leads to, in order. */
async function walk(script, { consent = given(true), trouble, answers = ['Done.'], request = {}, file } = {}) {
  const server = new FakeServer({ [CONSENT]: [consent] });
  const view = new FakeView(script, { file, trouble });
  server.install();
  installPictures();
  const sent = [];
  const send = async (picture) => {
    sent.push(await picture.text());
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const end = await takePicture(view, nativeClient('/biometry'), { kind: 'portrait', needs: ['authorization', 'storage'], send, ...request });
  return { end, view, sent };
}

test('a picture is looked at before it is sent', async () => {
  const { end, view, sent } = await walk(['shoot', 'send']);
  assert.equal(end, 'done');
  assert.deepEqual(view.shown, ['opening.start', 'opening.camera', 'framing:camera', 'looking', 'sending', 'done']);
  assert.deepEqual(sent, ['640x480']);
  assert.equal(view.on, 0);
});

test('another one may be taken, and nothing was sent by then', async () => {
  const { end, sent } = await walk(['shoot', 'again', 'shoot', 'close']);
  assert.equal(end, 'closed');
  assert.deepEqual(sent, []);
});

test('without every consent that it needs nothing opens', async () => {
  for (const consent of [given(false), given(true, false), given(false, true), ok({})]) {
    const { end, view } = await walk(['close'], { consent });
    assert.equal(end, 'closed');
    assert.deepEqual(view.shown, ['opening.start', 'consent']);
    assert.equal(view.opened, 0);
  }
  const { end } = await walk(['shoot', 'send'], { consent: given(true, false), request: { kind: 'document', needs: ['authorization'] } });
  assert.equal(end, 'done');
});

test('a chosen file is drawn anew, and no larger than needed', async () => {
  const file = new File(['p'.repeat(5120)], 'p.png', { type: 'image/png' });
  const { end, sent } = await walk(['use-file', 'chosen-picture', 'send'], { file });
  assert.equal(end, 'done');
  assert.deepEqual(sent, ['2560x50']);
});

test('what is no picture is refused before it is sent', async () => {
  const { view, sent } = await walk(['use-file', 'chosen-picture', 'retry', 'close'], { file: new Blob(['%PDF'], { type: 'application/pdf' }) });
  assert.equal(view.problems[0].code, 'picture-unreadable');
  assert.deepEqual(sent, []);
});

test('a blocked camera is explained, and a file gets around it', async () => {
  const trouble = new Problem('camera-denied');
  const { end, view } = await walk(['file', 'chosen-picture', 'send'], { trouble, file: new Blob(['p'], { type: 'image/png' }) });
  assert.equal(end, 'done');
  assert.deepEqual(view.problems.map(({ code, filesHelp }) => [code, filesHelp]), [['camera-denied', true]]);
});

test('an unanswered picture may be sent again as it is, a refused one is taken anew', async () => {
  const again = await walk(['shoot', 'send', 'resend'], { answers: [new Problem('overloaded'), 'Done.'] });
  assert.equal(again.end, 'done');
  assert.equal(again.sent.length, 2);
  assert.equal(again.view.opened, 1);
  const anew = await walk(['shoot', 'send', 'retry', 'shoot', 'send'], { answers: [new Problem('document-rejected'), 'Done.'] });
  assert.equal(anew.end, 'done');
  assert.equal(anew.view.opened, 2);
});

test('consent that went missing meanwhile is asked for, and the picture waits', async () => {
  const problem = new Problem('consent-required', { purposes: ['storage'] });
  const { end, view } = await walk(['shoot', 'send', 'consent', 'send'], { answers: [problem, 'Done.'] });
  assert.equal(end, 'done');
  assert.deepEqual(view.shown.slice(-4), ['opening.start', 'looking', 'sending', 'done']);
});
