/** How money, times and durations are written on this page. */

const EUROS = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' });
const SHORT_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** @param {unknown} amount a number or a decimal string; anything else is shown as it is */
export function money(amount) {
  const number = typeof amount === 'string' && amount.trim() !== '' ? Number(amount) : amount;
  return typeof number === 'number' && Number.isFinite(number) ? EUROS.format(number) : String(amount ?? '');
}

/** @param {string} instant RFC 3339 @returns {string} empty where it cannot be read */
export function dayAndTime(instant) {
  return written(instant, DAY_AND_TIME);
}

/** @param {string} instant RFC 3339 @returns {string} empty where it cannot be read */
export function shortDay(instant) {
  return written(instant, SHORT_DAY);
}

/** @param {number} seconds @returns {string} `4:05` */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/**
 * Reads an amount as a person types it, with comma or point.
 * @param {string} typed @returns {string|null} the decimal string the bank takes, or `null`
 */
export function parseAmount(typed) {
  const match = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(typed.replace(/[\s€]/g, ''));
  if (!match) return null;
  const amount = `${Number(match[1])}.${(match[2] ?? '').padEnd(2, '0')}`;
  return Number(amount) > 0 ? amount : null;
}

function written(instant, format) {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? '' : format.format(time);
}
