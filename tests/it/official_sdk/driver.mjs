// The official SDK in Node: reads a call a line from standard input and writes what came of it a line to standard output.
//
// The SDK is the file that npm installed. Around it, `fetch` is given what a browser would add by itself: the cookie.

import { File } from 'node:buffer';
import { createInterface } from 'node:readline';

import { call } from './call.mjs';

const { module, base, key, cookie } = JSON.parse(process.argv[2]);
const send = globalThis.fetch;
globalThis.fetch = (url, init) => send(url, { ...init, headers: cookie ? { ...init.headers, cookie } : init.headers });
// Node has it as a global from version 20 on.
globalThis.File ??= File;

const { BiometrySDK } = await import(module);
BiometrySDK.BASE_URL = base;
const sdk = new BiometrySDK(key);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await call(sdk, JSON.parse(line)))}\n`);
}
