// How large a usual capture is, in Chromium and Firefox.
//   node captures.mjs BANK GECKODRIVER [OLDER_RECORDER]
//
// The camera shows a head that moves before a wall, with the noise of a small sensor, in 640x480 and 24 pictures a second; the
// microphone is the browser's own test tone. `<biometry-scanner>` records a phrase of eight words in full. An older `recorder.js` of the
// example's page records the same scene for the same time.

import { readFile } from 'node:fs/promises';

import { start, stopAll } from './servers.mjs';

const [bank, geckodriver, older] = process.argv.slice(2);
const BROWSERS = {
  Chromium: {
    driver: () => start('chromedriver', ['--port=0'], {}, /started successfully on port (\d+)/),
    options: { browserName: 'chrome', 'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] } },
  },
  Firefox: {
    driver: () => start(geckodriver, ['--port=0'], {}, /Listening on 127.0.0.1:(\d+)/),
    options: { 'moz:firefoxOptions': { binary: '/usr/bin/firefox-esr', args: ['-headless'], prefs: { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true } } },
  },
};

try {
  const address = await start(bank, [], { LISTEN_ADDR: '127.0.0.1:0' }, /listening on (http:\/\/\S+)/);
  const recorder = older && (await readFile(older, 'utf8')).replace(/^import .*$/m, 'class Problem extends Error {}').replaceAll(/^export /gm, '');
  console.log(`| capture of 8.4 s | type | MB |${recorder ? ' MB, older |' : ''}\n|---|---|--:|${recorder ? '--:|' : ''}`);
  for (const [name, { driver, options }] of Object.entries(BROWSERS)) {
    const { type, sizes } = await measure(`http://127.0.0.1:${await driver()}`, options, address, recorder);
    console.log(`| ${name} | \`${type}\` | ${sizes.map((size) => (size / 1e6).toFixed(2)).join(' | ')} |`);
  }
} finally {
  stopAll();
}

async function measure(driver, options, address, recorder) {
  const { sessionId } = await ask(`${driver}/session`, { capabilities: { alwaysMatch: { ...options, timeouts: { script: 90_000 } } } });
  const session = `${driver}/session/${sessionId}`;
  try {
    await ask(`${session}/url`, { url: `${address}/ten-lines` });
    return await ask(`${session}/execute/async`, { script: `const older = ${recorder ? `(() => { ${recorder} return record; })()` : 'null'};
      (${inPage})(older).then(arguments[0], (error) => arguments[0]({ error: String(error) }));`, args: [] });
  } finally {
    await fetch(session, { method: 'DELETE' });
  }
}

/** Runs in the page. */
async function inPage(older) {
  document.body.replaceChildren();
  const beeps = await navigator.mediaDevices.getUserMedia({ audio: true });
  const stream = new MediaStream([...film().getTracks(), ...beeps.getTracks()]);
  navigator.mediaDevices.getUserMedia = async () => stream.clone();
  await import('/biometry/ui/biometry-scanner.js');
  const scanner = document.createElement('biometry-scanner');
  scanner.phrase = 'three nine one four seven two eight five';
  document.body.append(scanner);
  const press = (name) => scanner.shadowRoot.querySelector(`#${name}`).click();
  const captured = new Promise((resolve, reject) => {
    scanner.addEventListener('capture', ({ detail }) => resolve(detail.file));
    scanner.addEventListener('problem', ({ detail }) => reject(detail.problem));
    scanner.addEventListener('statechange', () => { if (scanner.state === 'ready') press('record'); });
  });
  while (!scanner.shadowRoot.querySelector('#open')) await new Promise(requestAnimationFrame);
  press('open');
  const file = await captured;
  const sizes = [file.size];
  if (older) sizes.push(await again());
  return { type: file.type, sizes };

  async function again() {
    const { finished, stop } = older(stream.clone());
    setTimeout(stop, 8400);
    return (await finished).blob.size;
  }

  function film() {
    const canvas = document.body.appendChild(Object.assign(document.createElement('canvas'), { width: 640, height: 480 }));
    const context = canvas.getContext('2d');
    const grain = context.createPattern(noise(320, 240), 'repeat');
    setInterval(() => {
      const t = performance.now() / 1000;
      const wall = context.createLinearGradient(0, 0, 640, 480);
      wall.addColorStop(0, '#b9b2a4');
      wall.addColorStop(1, '#77705f');
      context.fillStyle = wall;
      context.fillRect(0, 0, 640, 480);
      const [x, y] = [320 + 14 * Math.sin(t * 0.9), 225 + 6 * Math.sin(t * 1.7)];
      shape('#3c4a63', x, 520, 230, 170);
      shape('#4a3628', x, y - 22, 122, 150);
      shape('#d9a98a', x, y, 104, 138);
      for (const side of [-1, 1]) shape('#2b2420', x + side * 40, y - 28, 12, Math.sin(t * 0.7) > 0.97 ? 1 : 6);
      shape('#a8524a', x, y + 66, 30, 4 + 9 * Math.abs(Math.sin(t * 7)));
      const [right, down] = [Math.floor(Math.random() * 320), Math.floor(Math.random() * 240)];
      context.setTransform(1, 0, 0, 1, -right, -down);
      context.fillStyle = grain;
      context.fillRect(right, down, 640, 480);
      context.resetTransform();
    }, 1000 / 24);
    return canvas.captureStream(24);

    /** Lighter or darker by up to nine of 255 steps. */
    function noise(width, height) {
      const tile = Object.assign(document.createElement('canvas'), { width, height });
      const pixels = Uint32Array.from({ length: width * height }, () => ((Math.random() + Math.random()) * 9 << 24) + (Math.random() < 0.5 ? 0xffffff : 0));
      tile.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width), 0, 0);
      return tile;
    }

    function shape(colour, x, y, width, height) {
      context.fillStyle = colour;
      context.beginPath();
      context.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

async function ask(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok || value?.error) throw new Error(JSON.stringify(value));
  return value;
}
