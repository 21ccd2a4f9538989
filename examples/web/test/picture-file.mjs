import assert from 'node:assert/strict';
import { test } from 'node:test';

import { covered } from '../js/picture-file.js';

test('only what the preview shows of a frame is taken', () => {
  assert.deepEqual(covered(1920, 1080, 400, 300), { x: 240, y: 0, width: 1440, height: 1080 });
  assert.deepEqual(covered(1080, 1920, 360, 360), { x: 0, y: 420, width: 1080, height: 1080 });
  assert.deepEqual(covered(640, 480, 640, 480), { x: 0, y: 0, width: 640, height: 480 });
});

test('a preview without a size shows all of it', () => {
  for (const box of [[0, 0], [undefined, undefined]]) assert.deepEqual(covered(640, 480, ...box), { x: 0, y: 0, width: 640, height: 480 });
});
