// What forward authorization adds to a request behind nginx, beside `auth_request` to a server that always says yes.
//   node forward.mjs FORWARD SANDBOX [ROUNDS]
//
// One client asks on one connection, request after request; contenders take turns in shuffled rounds. The application and the
// server that says yes are nginx itself, so that only what answers the question differs.

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { Agent, request } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { spawnQuietly, start, stopAll } from './servers.mjs';

const [forward, sandbox, rounds = '9'] = process.argv.slice(2);
const REQUESTS = 1000;
const SECRET = 'a-fake-secret-that-the-proxy-shows-1';
const proxies = new URL('../crates/biometry-gate-forward/proxies/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'forward-'));

try {
  const [platform, key] = await start(sandbox, ['--listen', '127.0.0.1:0'], { RUST_LOG: 'warn' }, [/listening on (\S+)/, /key: (\S+)/]);
  const gate = await start(forward, ['--config', configure(platform, key)], { RUST_LOG: 'warn' }, /listening on http:\/\/(\S+)/);
  const [app, plain, bare, gated] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  writeFileSync(join(folder, 'nginx.conf'), nginx({ app, plain, bare, gated, gate }));
  spawnQuietly('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
  const contenders = [
    ['no question', client(plain)],
    ['`auth_request` to a server that says yes', client(bare)],
    ['`auth_request` to the forward server', client(gated)],
  ];
  for (const [, ask] of contenders) await reachable(ask);
  await verify(contenders[2][1]);
  const times = contenders.map(() => []);
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const at of shuffled(contenders.length)) times[at].push(await time(contenders[at][1]));
  }
  const least = median(times[0]);
  console.log(`| behind nginx, ${rounds} rounds of ${REQUESTS} requests | median, µs | added, µs |\n|---|--:|--:|`);
  contenders.forEach(([name], at) => {
    const own = median(times[at]);
    console.log(`| ${name} | ${own.toFixed(0)} | ${(own - least).toFixed(0)} |`);
  });
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}

/** The manual's configuration, between these addresses. */
function configure(platform, key) {
  const pem = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
  const files = { 'proxy.secret': SECRET, 'application.secret': SECRET, 'platform.key': key, 'receipts.pem': pem };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const text = readFileSync(new URL('forward.toml', proxies), 'utf8')
    .replace('127.0.0.1:4180', '127.0.0.1:0')
    .replace('key_file = "platform.key"', `key_file = "platform.key"\nbase_url = "${platform}"`);
  writeFileSync(join(folder, 'forward.toml'), text);
  return join(folder, 'forward.toml');
}

/** The manual's configuration of nginx, and beside it the same application without a question and behind one that is always answered. */
function nginx({ app, plain, bare, gated, gate }) {
  const manual = readFileSync(new URL('nginx.conf', proxies), 'utf8')
    .replaceAll('127.0.0.1:4180', gate)
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${app}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${gated}`)
    .replaceAll('"SECRET"', `"${SECRET}"`)
    .replaceAll('$remote_login', '"pass@example.com"')
    .replaceAll('$login_session', '"session-of-a-bench"');
  const to = (name) => `proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://${name};`;
  return `
daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events {}
http {
  access_log off; keepalive_requests 1000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  upstream yes { server 127.0.0.1:${app}; keepalive 8; }
  server { listen 127.0.0.1:${app}; location = /yes { return 204; } location / { return 200 "ok"; } }
  server { listen 127.0.0.1:${plain}; location / { ${to('app')} } }
  server {
    listen 127.0.0.1:${bare};
    location / { auth_request /yes; ${to('app')} }
    location = /yes { internal; ${to('yes')} proxy_pass_request_body off; proxy_set_header Content-Length ""; }
  }
  ${manual}
}`;
}

function client(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (path, options = {}, body) => new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent, ...options }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject).end(body);
  });
}

async function reachable(ask) {
  for (;;) {
    const answer = await ask('/statement').catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Consent, a session, and a capture that the sandbox lets pass. */
async function verify(ask) {
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  expect(await ask('/biometry/consent', json, JSON.stringify({ authorization: true })));
  const { data } = JSON.parse(expect(await ask('/biometry/session/start', json, JSON.stringify({ policy: 'statement' }))));
  // The head of a WebM file: as much as the sandbox and the gate look at.
  const webm = Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff', 'hex');
  const form = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="video"; filename="a.webm"\r\nContent-Type: video/webm\r\n\r\n'),
    webm,
    Buffer.from('\r\n--b--\r\n'),
  ]);
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': form.length, 'x-session-id': data };
  expect(await ask('/biometry/verify', { method: 'POST', headers }, form));
}

/** Microseconds for each request of a round. */
async function time(ask) {
  const began = process.hrtime.bigint();
  for (let sent = 0; sent < REQUESTS; sent += 1) expect(await ask('/statement'));
  return Number(process.hrtime.bigint() - began) / 1000 / REQUESTS;
}

function expect({ status, text }) {
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return text;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function shuffled(count) {
  return [...Array(count).keys()].map((at) => [Math.random(), at]).sort(([a], [b]) => a - b).map(([, at]) => at);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
