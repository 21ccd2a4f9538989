import assert from 'node:assert/strict';
import { test } from 'node:test';

import './fakes/mount.mjs';

const { readHistory } = await import('../js/consent.js');

const entry = (given, date) => ({ is_consent_given: given, date });

test('both purposes are one history, the latest first', () => {
  const data = {
    consent: { history: [entry(true, '2026-05-04T10:00:00Z'), entry(false, '2026-05-06T10:00:00Z')] },
    storage_consent: { history: [entry(true, '2026-05-05T10:00:00Z')] },
  };
  const told = readHistory({ data }).map(({ purpose, given }) => `${purpose} ${given}`);
  assert.deepEqual(told, ['authorization false', 'storage true', 'authorization true']);
});

test('of one moment the last entry was written last', () => {
  const at = '2026-05-04T10:00:00Z';
  const told = readHistory({ data: { consent: { history: [entry(true, at), entry(false, at)] }, storage_consent: null } });
  assert.deepEqual(told.map(({ given }) => given), [false, true]);
});

test('nobody who agreed to nothing has a history', () => {
  for (const answer of [{}, { data: null }, { data: { consent: null, storage_consent: null } }, { data: { consent: {} } }]) {
    assert.deepEqual(readHistory(answer), []);
  }
});

test('only a plain true is consent', () => {
  for (const odd of ['true', 1, null, undefined]) {
    assert.equal(readHistory({ data: { consent: { history: [entry(odd, '2026-05-04T10:00:00Z')] } } })[0].given, false);
  }
});
