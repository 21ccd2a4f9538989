// Steps up through a client that is generated from the description of the mounted routes: consent, session, video, and the
// transfer that the gate refused before. The arguments are the bank's address and the cookie of a login.

import { readFile } from 'node:fs/promises';

import createClient from 'openapi-fetch';

import type { components, paths } from './biometry.js';

type Problem = components['schemas']['Problem'];

const [bank = '', cookie = '', video = ''] = process.argv.slice(2);
if (!bank || !cookie || !video) throw new Error('usage: client.js BANK COOKIE VIDEO');

const biometry = createClient<paths>({ baseUrl: `${bank}/biometry`, headers: { cookie } });

async function transfer(): Promise<Response> {
  const headers = { cookie, 'content-type': 'application/json' };
  return fetch(`${bank}/api/transfer`, { method: 'POST', headers, body: JSON.stringify({ to: 'Ana', amount: '12.50' }) });
}

const refusal = await transfer();
const problem = (await refusal.json()) as Problem;
const intent = problem.step_up?.intent;
if (refusal.status !== 401 || !intent) throw new Error(`no step-up: ${problem.code}`);

const consent = await biometry.POST('/consent', { body: { authorization: true, storage: true } });
if (!consent.data?.authorization.given) throw new Error(`no consent: ${consent.error?.code}`);

const session = await biometry.POST('/session/start', { body: { policy: problem.step_up!.policy, intent: intent.id } });
if (!session.data) throw new Error(`no session: ${session.error.code}`);

const file = new Blob([await readFile(video)], { type: 'video/webm' });
const verified = await biometry.POST('/verify', {
  params: { header: { 'X-Session-ID': session.data.data } },
  body: { video: 'the file below' },
  bodySerializer: () => {
    const form = new FormData();
    form.set('video', file, 'capture.webm');
    return form;
  },
});
if (verified.data?.scoring_result !== 'pass') throw new Error(`not verified: ${verified.error?.code}`);

const done = await transfer();
console.log(JSON.stringify({ status: done.status, phrase: session.data.phrase.split(' ').length }));
