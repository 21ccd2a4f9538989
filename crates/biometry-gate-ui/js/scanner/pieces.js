/** What a phrase is made of: the lines of an operation that are spoken, and fresh digits behind them. */

import { Problem } from '../http/problem.js';

/**
 * @typedef {{label: string, value: string, words: string}} Spoken a line of the operation, and how it is said
 * @typedef {{label?: string, value?: string, words: string[]}} Piece the last one is fresh: it has no label
 */

/**
 * @param {string} phrase @param {Spoken[]} [spoken] in the order in which they are said
 * @returns {Piece[]} in that order; their words together are the phrase
 * @throws {Problem} `unreadable-answer`, where what is shown would not be what is said
 */
export function piecesOf(phrase, spoken = []) {
  const rest = split(phrase);
  const pieces = Array.isArray(spoken) ? spoken.map((line) => ({ ...line, words: split(line?.words) })) : [{}];
  for (const { label, value, words = [] } of pieces) {
    const begins = words.length > 0 && words.join(' ') === rest.splice(0, words.length).join(' ');
    if (!begins || !isText(label) || !isText(value)) throw new Problem('unreadable-answer');
  }
  // All of it spoken before, an old recording would do.
  if (pieces.length > 0 && rest.length === 0) throw new Problem('unreadable-answer');
  return [...pieces, { words: rest }];
}

function split(text) {
  return isText(text) ? text.trim().split(/\s+/) : [];
}

function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}
