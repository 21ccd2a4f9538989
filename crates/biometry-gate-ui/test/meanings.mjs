import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain, filesHelp, isVerdict, meaningOf, possible } from '../js/dialog/meanings.js';
import { Problem } from '../js/http/problem.js';
import { wordsIn } from '../js/words/index.js';

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
  'identity-unavailable': 503, 'not-found': 404, 'method-not-allowed': 405,
};
/** What the page finds out by itself. */
const OWN = [
  'network-error', 'no-answer', 'upload-broken', 'recording-empty', 'picture-unreadable', 'page-error', 'unreadable-answer', 'cookie-not-kept',
  'camera-denied', 'camera-missing', 'camera-busy', 'camera-lost', 'camera-muted', 'camera-insecure', 'camera-unsupported', 'recorder-missing',
  'microphone-denied', 'microphone-missing', 'microphone-busy', 'devices-missing',
];
const STEPS = new Set(['retry', 'resend', 'restart', 'camera', 'consent', 'login', 'close']);
const FROM_THE_SERVER = { title: 'the server’s title', detail: 'the server’s detail', request_id: 'r-1' };
const LANGUAGES = ['en', 'de', 'es', 'ar'];
const english = await wordsIn('en');
const told = (code, kind = 'stepup', members = {}, words = english) => explain(new Problem(code, members), kind, words);

test('every problem has words of its own and a next step, in every language', async () => {
  for (const language of LANGUAGES) {
    const words = await wordsIn(language);
    for (const code of [...Object.keys(CODES), ...OWN]) {
      const [title, text] = told(code, 'stepup', FROM_THE_SERVER, words);
      assert.notEqual(title, FROM_THE_SERVER.title, `${language} ${code}`);
      assert.ok(title && text, `${language} ${code}`);
      assert.ok(STEPS.has(meaningOf(new Problem(code, { status: CODES[code] }), 'stepup').next), code);
    }
  }
});

test('no two problems read the same, but for routes that are not there', () => {
  const codes = [...Object.keys(CODES), ...OWN].filter((code) => code !== 'method-not-allowed');
  assert.equal(new Set(codes.map((code) => told(code)[0])).size, codes.length);
});

test('an unknown code speaks with the server’s words, whatever it is called', () => {
  for (const code of ['brand-new', 'constructor', '__proto__', 'toString', '']) {
    assert.deepEqual(told(code, 'stepup', { ...FROM_THE_SERVER, status: 403 }), [FROM_THE_SERVER.title, FROM_THE_SERVER.detail]);
    assert.equal(meaningOf(new Problem(code, { status: 403 }), 'stepup').next, 'close');
  }
  assert.equal(meaningOf(new Problem('brand-new', { status: 599 }), 'stepup').next, 'resend');
});

test('only verdicts burn a phrase, and only devices are helped by a file', () => {
  const burnt = ['verification-failed', 'verification-referred', 'enrolled-not-verified', 'enrollment-failed', 'document-rejected', 'match-failed'];
  for (const code of [...Object.keys(CODES), ...OWN]) {
    assert.equal(isVerdict(new Problem(code)), burnt.includes(code), code);
    assert.equal(filesHelp(new Problem(code)), /^(camera|microphone|devices|recorder|recording)-/.test(code), code);
  }
});

test('how long to wait is said', () => {
  assert.match(told('too-many-attempts', 'stepup', { retryAfter: 1800 })[1], /about 30 minutes\.$/);
  assert.match(told('overloaded', 'stepup', { retryAfter: 3 })[1], /about 3 seconds\.$/);
  assert.doesNotMatch(told('overloaded', 'stepup', { retryAfter: 0 })[1], /about/);
});

test('a person who signs in by face learns what only signing in needs', () => {
  for (const code of ['consent-required', 'enrolled-not-verified', 'authentication-required']) {
    assert.equal(meaningOf(new Problem(code), 'login').next, 'login', code);
    assert.notDeepEqual(told(code, 'login'), told(code));
  }
  assert.equal(meaningOf(new Problem('verification-failed'), 'login').next, 'retry');
  assert.notDeepEqual(told('verification-failed', 'login'), told('verification-failed'));
});

test('what is sent is called by its name: a picture is no video, and a voice neither', () => {
  for (const code of ['upload-too-large', 'unsupported-media', 'enrollment-failed', 'camera-missing', 'consent-required']) {
    for (const kind of ['portrait', 'document']) assert.doesNotMatch(told(code, kind).join(' '), /video|phrase|microphone/i, `${code} ${kind}`);
  }
  for (const code of ['upload-too-large', 'unsupported-media', 'enrollment-failed', 'microphone-denied', 'microphone-missing']) {
    assert.doesNotMatch(told(code, 'voice').join(' '), /video|picture|camera/i, code);
  }
});

test('the step on offer is one that is open', () => {
  const at = (next, members, situation) => possible(next, { members }, situation);
  assert.equal(at('retry', { attempts_left: 0 }, { hasPhrase: true, hasCapture: true }), 'close');
  assert.equal(at('resend', {}, { hasPhrase: true, hasCapture: false }), 'retry');
  assert.equal(at('resend', {}, { hasPhrase: false, hasCapture: false }), 'restart');
  assert.equal(at('login', {}, { hasPhrase: false, hasCapture: false }), 'login');
});

test('words are those of the page’s language, with the host’s own in front', async () => {
  const words = await wordsIn('ar-EG', { close: 'ours' });
  assert.deepEqual([words.lang, words.dir, words.say('close')], ['ar-EG', 'rtl', 'ours']);
  assert.deepEqual([(await wordsIn('fi')).lang, (await wordsIn('')).lang], ['en', 'en']);
  assert.equal(english.attempts(1), 'One attempt left before a pause.');
  assert.equal((await wordsIn('de')).attempts(3), 'Noch 3 Versuche vor einer Pause.');
});

test('a time is in the words of each language, and in the browser’s own where a host brought another one', async () => {
  const times = async (lang, texts) => {
    const words = await wordsIn(lang, texts);
    return [1, 2, 5, 40, 180].map((seconds) => words.duration(seconds).replace('\u00a0', ' '));
  };
  assert.deepEqual(await times('en'), ['1 second', '2 seconds', '5 seconds', '40 seconds', '3 minutes']);
  assert.deepEqual(await times('de-AT'), ['1 Sekunde', '2 Sekunden', '5 Sekunden', '40 Sekunden', '3 Minuten']);
  assert.deepEqual(await times('ar'), ['ثانية واحدة', 'ثانيتان', '5 ثوان', '40 ثانية', '3 دقائق']);
  assert.deepEqual(await times('fr', { close: 'Fermer' }), ['1 seconde', '2 secondes', '5 secondes', '40 secondes', '3 minutes']);
});

test('every language says the same things', async () => {
  const load = async (language) => (await import(`../js/words/${language}.js`)).default;
  const keys = Object.keys(await load('en'));
  for (const language of LANGUAGES) {
    const own = await load(language);
    assert.deepEqual(keys.filter((key) => !Object.hasOwn(own, key)), [], language);
    const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const key of keys) assert.deepEqual(places(own[key]), places((await load('en'))[key]), `${language} ${key}`);
  }
});
