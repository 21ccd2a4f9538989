import assert from 'node:assert/strict';
import { test } from 'node:test';

import { piecesOf } from '../js/scanner/pieces.js';

const AMOUNT = { label: 'Amount', value: '12.50 AUD', words: 'one two five zero' };
const CODE = { label: 'Code', value: '7', words: 'seven' };
const FRESH = 'three nine one four seven two eight';

test('a phrase of which nothing is the operation’s is one piece', () => {
  for (const spoken of [undefined, []]) assert.deepEqual(piecesOf(' three  nine one ', spoken), [{ words: ['three', 'nine', 'one'] }]);
});

test('every word of the phrase is in one piece, in the order in which it is said', () => {
  const phrase = `${AMOUNT.words} ${CODE.words} ${FRESH}`;
  const pieces = piecesOf(phrase, [AMOUNT, CODE]);
  assert.deepEqual(pieces.map(({ label, value }) => [label, value]), [['Amount', '12.50 AUD'], ['Code', '7'], [undefined, undefined]]);
  assert.equal(pieces.flatMap(({ words }) => words).join(' '), phrase);
});

test('what is shown is what is said, or nothing is shown', () => {
  const phrase = `${AMOUNT.words} ${FRESH}`;
  for (const [name, spoken, said = phrase] of [
    ['other words', [{ ...AMOUNT, words: 'one two five one' }]],
    ['another order', [CODE, AMOUNT], `${AMOUNT.words} ${CODE.words} ${FRESH}`],
    ['words in the middle', [AMOUNT], `nine ${phrase}`],
    ['words at the end', [AMOUNT], `${FRESH} ${AMOUNT.words}`],
    ['a part of a word', [{ ...AMOUNT, words: 'one two five zer' }]],
    ['other letters', [{ ...AMOUNT, words: 'One two five zero' }]],
    ['no words', [{ ...AMOUNT, words: ' ' }]],
    ['words that are none', [{ ...AMOUNT, words: ['one', 'two', 'five', 'zero'] }]],
    ['no label', [{ ...AMOUNT, label: undefined }]],
    ['an empty value', [{ ...AMOUNT, value: '' }]],
    ['a value that is no text', [{ ...AMOUNT, value: 1250 }]],
    ['nothing fresh', [AMOUNT], AMOUNT.words],
    ['more than is said', [AMOUNT, { ...CODE, words: `${FRESH} one` }]],
    ['an empty line', [null]],
    ['no list', AMOUNT],
    ['a text', 'one two five zero'],
    ['null', null],
  ]) {
    assert.throws(() => piecesOf(said, spoken), { name: 'Problem', code: 'unreadable-answer' }, name);
  }
});
