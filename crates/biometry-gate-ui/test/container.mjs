import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkFile, containerOf, findType } from '../js/scanner/container.js';

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const EBML = '\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82';

test('the first bytes say what a file is, whatever it is called', () => {
  for (const [start, container] of [
    [`${EBML}\x84webm`, 'webm'], [`${EBML}\x01\0\0\0\0\0\0\x04webm`, 'webm'], [`${EBML}\x88matroska`, null],
    ['\0\0\0\x18ftypmp42', 'mp4'], ['\0\0\0\x14ftypqt  ', 'mp4'], ['\0\0\0\x14ftyp3gp5', 'mp4'], ['\0\0\0\x08wide\0\0', 'mp4'], ['\0\0\x10\0moov', 'mp4'], ['\0\0\x10\0mdat', 'mp4'],
    ['\0\0\0\x18ftypheic', null], ['\0\0\0\x18ftypavif', null], ['RIFF\0\0\0\0AVI ', null], ['OggS', null], ['%PDF-1.7', null], ['', null],
  ]) assert.equal(containerOf(bytes(start)), container, JSON.stringify(start));
});

test('a chosen file is refused before it travels', async () => {
  const file = (start, size = 0) => new File([bytes(start), new Uint8Array(size)], 'me.mp4', { type: 'video/mp4' });
  assert.equal((await checkFile(file('\0\0\0\x18ftypmp42'))).name, 'me.mp4');
  await assert.rejects(checkFile(file('')), { code: 'recording-empty' });
  await assert.rejects(checkFile(file('RIFF\0\0\0\0AVI ')), { code: 'unsupported-media' });
  await assert.rejects(checkFile(file('\0\0\0\x18ftypmp42', 50 * 1024 * 1024)), { code: 'upload-too-large' });
});

/** A browser that says it records every type, and records what it is told to. */
function recordOnly(yields) {
  const tried = [];
  globalThis.MediaRecorder = class {
    static isTypeSupported = () => true;
    state = 'inactive';
    constructor(_, { mimeType }) {
      this.mimeType = mimeType;
      tried.push(mimeType);
    }
    start() {
      this.state = 'recording';
      const start = yields(this.mimeType);
      if (start === null) setTimeout(() => this.onerror?.(), 1);
      else setTimeout(() => this.ondataavailable?.({ data: new Blob([bytes(start.padEnd(64, '\0'))]) }), 1);
    }
    stop() { this.state = 'inactive'; }
  };
  return tried;
}

test('the container is found by trying: one that yields nothing, or another one, does not count', async () => {
  const stream = { active: true, getTracks: () => [{ kind: 'video' }] };
  recordOnly(() => null);
  await assert.rejects(findType(stream), { code: 'recorder-missing' });
  const tried = recordOnly((type) => (type.includes('/mp4') ? '\0\0\0\x18ftypisom' : `${EBML}\x88matroska`));
  assert.match(await findType(stream), /^video\/mp4/);
  assert.ok(tried.length > 1);
  const before = tried.length;
  await findType(stream);
  assert.equal(tried.length, before, 'it is tried once');
});

test('a recorder that is slow to begin is not taken for one that cannot', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.MediaRecorder = class {
    static isTypeSupported = (type) => type === 'audio/webm';
    state = 'recording';
    start() {}
    stop() { this.state = 'inactive'; }
  };
  const found = findType({ active: true, getTracks: () => [{ kind: 'audio' }] });
  context.mock.timers.tick(10_000);
  assert.equal(await found, 'audio/webm');
});
