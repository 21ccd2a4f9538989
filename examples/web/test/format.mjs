import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, dayAndTime, money, parseAmount, shortDay } from '../js/format.js';

test('an amount is read as people type it, or not at all', () => {
  const read = { 12: '12.00', '12,5': '12.50', '12.50': '12.50', ' € 1 000,01 ': '1000.01', '007': '7.00', '0.01': '0.01' };
  for (const [typed, amount] of Object.entries(read)) assert.equal(parseAmount(typed), amount, typed);
  for (const typed of ['', '0', '0,00', '-1', '+1', '1e3', '1.234', '1,2,3', '.5', '5.', 'ten', '12345678', '0x10', '١٢']) {
    assert.equal(parseAmount(typed), null, typed);
  }
});

test('money has two decimals, and what is no number is shown as it is', () => {
  assert.equal(money('9987.50'), '€9,987.50');
  assert.equal(money(0), '€0.00');
  for (const [odd, shown] of [['', ''], ['a lot', 'a lot'], [null, ''], [undefined, ''], [Number.NaN, 'NaN'], [Number.POSITIVE_INFINITY, 'Infinity']]) {
    assert.equal(money(odd), shown);
  }
});

test('a clock never shows less than is left', () => {
  for (const [seconds, shown] of [[0, '0:00'], [-3, '0:00'], [0.2, '0:01'], [59.1, '1:00'], [61, '1:01'], [180, '3:00'], [3600, '60:00']]) {
    assert.equal(clock(seconds), shown);
  }
});

test('an instant that cannot be read is not shown', () => {
  for (const odd of ['', 'soon', null, undefined]) {
    assert.equal(dayAndTime(odd), '');
    assert.equal(shortDay(odd), '');
  }
  assert.match(dayAndTime('2026-05-04T10:00:00Z'), /^[345] May 2026 at \d\d:\d\d$/);
  assert.match(shortDay('2026-05-04T10:00:00Z'), /^[345] May, \d\d:\d\d$/);
});
