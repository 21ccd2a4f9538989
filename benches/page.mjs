// How soon the dialog shows after a refusal, in Chromium on loopback.
//   node page.mjs BANK [ROUNDS]
//
// Each round is a fresh browser: its first refusal loads the dialog's modules, its second one finds them loaded. The time runs
// in the page, from the end of the refusal's body to the first frame with the dialog's panel in it.

import { start, stopAll } from './servers.mjs';

const [bank, rounds = '15'] = process.argv.slice(2);

try {
  const address = await start(bank, [], { LISTEN_ADDR: '127.0.0.1:0' }, /listening on (http:\/\/\S+)/);
  const driver = `http://127.0.0.1:${await start('chromedriver', ['--port=0'], {}, /started successfully on port (\d+)/)}`;
  const times = { first: [], second: [], requests: [] };
  for (let round = 0; round < Number(rounds); round += 1) await measure(driver, address, times);
  console.log(`| dialog after a refusal, ${rounds} fresh browsers | median, ms | slowest, ms |\n|---|--:|--:|`);
  console.log(`| first refusal: ${median(times.requests)} modules are loaded | ${row(times.first)} |`);
  console.log(`| later ones | ${row(times.second)} |`);
} finally {
  stopAll();
}

async function measure(driver, address, times) {
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const { sessionId } = await ask(`${driver}/session`, { capabilities: { alwaysMatch: { browserName: 'chrome', 'goog:chromeOptions': { args } } } });
  const session = `${driver}/session/${sessionId}`;
  try {
    await ask(`${session}/url`, { url: `${address}/healthz` });
    const { first, second, requests } = await ask(`${session}/execute/async`, { script: `(${inPage})().then(arguments[0], (error) => arguments[0]({ error: String(error) }));`, args: [] });
    times.first.push(first);
    times.second.push(second);
    times.requests.push(requests);
  } finally {
    await fetch(session, { method: 'DELETE' });
  }
}

/** Runs in the page. */
async function inPage() {
  await fetch('/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email":"pass@example.com"}' });
  const stepUp = await import('/biometry/ui/step-up.js');
  const refusal = await stepUp.readRefusal(await fetch('/api/statement'));
  const before = performance.getEntriesByType('resource').length;
  const once = async () => {
    const stop = new AbortController();
    const began = performance.now();
    const check = stepUp.stepUp(refusal, { signal: stop.signal }).catch(() => {});
    while (document.querySelector('step-up-dialog')?.getAttribute('state') !== 'review') await new Promise(requestAnimationFrame);
    const shown = performance.now() - began;
    stop.abort();
    await check;
    while (document.querySelector('step-up-dialog').getAttribute('state') !== 'closed') await new Promise(requestAnimationFrame);
    return shown;
  };
  const first = await once();
  const requests = performance.getEntriesByType('resource').length - before;
  return { first, requests, second: await once() };
}

async function ask(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok || value?.error) throw new Error(JSON.stringify(value));
  return value;
}

function row(times) {
  return `${median(times).toFixed(0)} | ${Math.max(...times).toFixed(0)}`;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
