/** A countdown and the take behind it. Whatever ends it ends all of it: timers, clock and recorder. */

import { record } from './recorder.js';

const COUNT_FROM = 3;
/** A take that is stopped earlier than this, or before anything of it is there, has nothing worth sending. */
const SHORTEST_MS = 1000;
/** A take has a second per word and a little air, within these bounds in milliseconds. */
const LENGTH = { perWord: 900, air: 1200, least: 6000, most: 12_000 };

/** @param {string} phrase @returns {number} milliseconds */
export function takeLength(phrase) {
  const words = phrase.trim().split(/\s+/).length;
  return Math.min(LENGTH.most, Math.max(LENGTH.least, words * LENGTH.perWord + LENGTH.air));
}

/**
 * @param {MediaStream} stream
 * @param {{view: Pick<import('./view.js').ScannerView, 'count'|'pace'|'focus'>, length: number, stop: AbortController, show: (state: string) => void}}
 *   options `stop` is aborted with `stop` to send what there is, with anything else to drop it
 * @returns {Promise<File|null>} `null` where it was dropped
 * @throws {Problem}
 */
export async function take(stream, { view, length, stop, show }) {
  const leave = () => { if (document.hidden) stop.abort('hidden'); };
  document.addEventListener('visibilitychange', leave);
  try {
    return await countDown(view, stop.signal, show) ? await film(stream, { view, length, stop, show }) : null;
  } finally {
    document.removeEventListener('visibilitychange', leave);
  }
}

async function countDown(view, signal, show) {
  show('countdown');
  view.focus('redo');
  for (let count = COUNT_FROM; count > 0 && !signal.aborted; count -= 1) {
    view.count(count);
    await pause(1000, signal);
  }
  return !signal.aborted;
}

async function film(stream, { view, length, stop, show }) {
  const { signal } = stop;
  const running = await record(stream);
  let hasBegun = false;
  running.begun.then(() => { hasBegun = true; });
  show('recording');
  view.focus('stop');
  globalThis.navigator?.vibrate?.(60);
  const rest = view.pace(length, (passed) => passed >= SHORTEST_MS && hasBegun);
  try {
    await Promise.race([pause(length, signal), running.finished]);
    if (signal.aborted && signal.reason !== 'stop') {
      running.drop('dropped');
      return null;
    }
    running.stop();
    return await running.finished;
  } finally {
    rest();
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

