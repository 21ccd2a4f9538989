/** A clock on the page that runs down to an instant of the server's time. */

import { serverNow } from '../http/call.js';

/**
 * Calls `tick` with the seconds left, at once and then four times a second, and `over` once when none are left.
 * The time is read anew each time, so that it is right in a tab that slept.
 * @param {number} until milliseconds since the epoch, server time
 * @param {(seconds: number) => void} tick
 * @param {() => void} over
 * @returns {() => void} stops it
 */
export function runDown(until, tick, over) {
  let timer = 0;
  const step = () => {
    const left = (until - serverNow()) / 1000;
    tick(Math.max(0, left));
    if (left > 0) return;
    clearInterval(timer);
    over();
  };
  timer = setInterval(step, 250);
  step();
  return () => clearInterval(timer);
}
