import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { take, takeLength } from '../js/scanner/take.js';

/** A track that can end and be muted, as a browser's. */
class FakeTrack extends EventTarget {
  kind = 'video';
  readyState = 'live';
  muted = false;
}

/** A recorder that yields a header for the trial, and a part for every take. */
class FakeRecorder {
  static isTypeSupported = (type) => type === 'video/webm';
  static yields = true;
  static recorders = [];
  state = 'inactive';
  mimeType = 'video/webm';
  constructor() { FakeRecorder.recorders.push(this); }
  start() {
    this.state = 'recording';
    const header = new Blob([Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x84), 'webm'.padEnd(64, '\0')]);
    if (FakeRecorder.yields) setTimeout(() => this.ondataavailable?.({ data: header }), 1);
  }
  stop() {
    this.state = 'inactive';
    setTimeout(() => this.onstop?.(), 1);
  }
}

let page;
let track;
let stop;
let shown;

/** Takes something; `at` runs when a state shows. */
function run(at = {}) {
  const view = { count: () => {}, focus: () => {}, pace: () => () => {} };
  const show = (state) => {
    shown.push(state);
    at[state]?.();
  };
  return take({ active: true, getTracks: () => [track] }, { view, length: 50, stop, show });
}

beforeEach(() => {
  page = Object.assign(new EventTarget(), { hidden: false });
  track = new FakeTrack();
  stop = new AbortController();
  shown = [];
  FakeRecorder.yields = true;
  FakeRecorder.recorders = [];
  globalThis.document = page;
  globalThis.MediaRecorder = FakeRecorder;
});

const leave = () => {
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
};

test('a take has a second per word and a little air, within bounds', () => {
  assert.deepEqual([takeLength('one'), takeLength('a b c d e f g h'), takeLength('a '.repeat(40))], [6000, 8400, 12_000]);
  assert.equal(takeLength('a '.repeat(12)), 12 * 900 + 1200, 'the longest phrase is not cut short');
});

test('after the countdown the take runs to its end and is a file', async () => {
  const file = await run();
  assert.deepEqual(shown, ['countdown', 'recording']);
  assert.deepEqual([file.name, file.type, file.size > 0], ['capture.webm', 'video/webm', true]);
  assert.ok(FakeRecorder.recorders.every(({ state }) => state === 'inactive'));
});

test('leaving the page drops the take, in the countdown as well as later', async () => {
  assert.equal(await run({ countdown: leave }), null);
  assert.deepEqual([shown, stop.signal.reason], [['countdown'], 'hidden']);
  page.hidden = false;
  stop = new AbortController();
  assert.equal(await run({ recording: leave }), null);
  assert.ok(FakeRecorder.recorders.every(({ state }) => state === 'inactive'));
});

test('a call that mutes a track ends the take, and says so', async () => {
  await assert.rejects(run({ recording: () => track.dispatchEvent(new Event('mute')) }), { code: 'camera-muted' });
  track.muted = true;
  await assert.rejects(run(), { code: 'camera-muted' });
});

test('so does a camera that is unplugged', async () => {
  await assert.rejects(run({ recording: () => track.dispatchEvent(new Event('ended')) }), { code: 'camera-lost' });
});

test('starting over drops what there is, and stopping sends it', async () => {
  assert.equal(await run({ recording: () => stop.abort('redo') }), null);
  stop = new AbortController();
  const file = await run({ recording: () => setTimeout(() => stop.abort('stop'), 10) });
  assert.ok(file.size > 0);
});
