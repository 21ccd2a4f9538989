import assert from 'node:assert/strict';
import { test } from 'node:test';

import { interpret, serverNow } from '../js/http/call.js';
import { Problem } from '../js/http/problem.js';

const answer = (status, headers, text) => interpret(status, (name) => headers[name] ?? null, text);

function refusal(status, headers, text) {
  try {
    answer(status, headers, text);
  } catch (problem) {
    assert.ok(problem instanceof Problem);
    return problem;
  }
  return assert.fail('a refusal was expected');
}

test('a 2xx with JSON is its JSON, and nothing else is an answer', () => {
  assert.deepEqual(answer(200, {}, '{"a":1}'), { a: 1 });
  assert.deepEqual(answer(204, {}, ''), {});
  for (const odd of ['<html>', '"pass"', '1', 'true', 'null', '{"a":']) {
    assert.equal(refusal(200, {}, odd).code, 'unreadable-answer', odd);
  }
});

test('a refusal keeps its code, members and number', () => {
  const problem = refusal(403, { 'x-request-id': 'from-header' }, '{"code":"verification-failed","attempts_left":2,"request_id":"from-body"}');
  assert.equal(problem.code, 'verification-failed');
  assert.equal(problem.members.attempts_left, 2);
  assert.equal(problem.requestId, 'from-body');
  assert.equal(refusal(502, { 'x-request-id': 'from-header' }, '<html>').requestId, 'from-header');
});

test('what is no problem document is an unreadable answer', () => {
  for (const text of ['', '<html>', '[]', '{"code":7}', '{"code":""}']) assert.equal(refusal(500, {}, text).code, 'unreadable-answer', text);
});

test('a document cannot pretend another status or waiting time', () => {
  const problem = refusal(403, {}, '{"code":"cross-site","status":200,"retryAfter":99}');
  assert.equal(problem.status, 403);
  assert.equal(problem.retryAfter, undefined);
});

test('the waiting time is read in seconds or as a date', () => {
  assert.equal(refusal(429, { 'retry-after': '1800' }, '{}').retryAfter, 1800);
  const date = new Date(Date.now() + 60_000).toUTCString();
  const { retryAfter } = refusal(429, { 'retry-after': date }, '{}');
  assert.ok(retryAfter > 55 && retryAfter <= 60, String(retryAfter));
  assert.equal(refusal(429, { 'retry-after': new Date(0).toUTCString() }, '{}').retryAfter, 0);
  assert.equal(refusal(429, { 'retry-after': 'later' }, '{}').retryAfter, undefined);
});

test('the server’s clock counts, where it differs from this one', () => {
  const ahead = new Date(Date.now() + 3_600_000).toUTCString();
  answer(200, { date: ahead }, '{}');
  assert.ok(Math.abs(serverNow() - Date.now() - 3_600_000) < 2000);
  answer(200, { date: new Date().toUTCString() }, '{}');
  assert.ok(Math.abs(serverNow() - Date.now()) < 50);
});
