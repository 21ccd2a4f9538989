import assert from 'node:assert/strict';
import { register } from 'node:module';
import { beforeEach, test } from 'node:test';

// The dialog itself needs a document; here a fake stands in its place.
const hooks = `export const resolve = (name, context, next) => next(name === './step-up-dialog.js' ? 'data:text/javascript,' : name, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { configure, fetch, isNotRepeatable, isStepUpCancelled, readRefusal } = await import('../js/step-up.js');

const HERE = 'https://bank.example';
const problem = (members = {}) => ({ code: 'step-up-required', reason: 'absent', step_up: { policy: 'statement', ...members } });
const answer = (status, json, { url = `${HERE}/api`, type = 'application/problem+json' } = {}) => {
  const response = new Response(JSON.stringify(json), { status, headers: { 'content-type': status === 200 ? 'application/json' : type } });
  return Object.defineProperty(response, 'url', { value: url });
};
const refused = (members, where) => answer(401, problem(members), where);
const good = () => answer(200, { balance: '1.00' });

/** A dialog that is open until the test ends it. */
class FakeDialog {
  opened = [];
  stepUp(refusal, { signal }) {
    return new Promise((resolve) => {
      const closed = Promise.resolve();
      this.opened.push({ refusal, signal, end: (outcome, more = {}) => resolve({ outcome, closed, ...more }) });
      signal.addEventListener('abort', () => resolve({ outcome: 'closed', closed }));
    });
  }
}

let dialog;
let calls;

/** Answers in order; the last one stays. */
function serve(...answers) {
  globalThis.fetch = async (...call) => {
    calls.push(call);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next.clone ? Object.defineProperty(next.clone(), 'url', { value: next.url }) : next();
  };
}

/** Until so many dialogs were opened. */
async function opened(count) {
  while (dialog.opened.length < count) await new Promise((resolve) => { setTimeout(resolve, 1); });
  return dialog.opened[count - 1];
}

beforeEach(() => {
  dialog = new FakeDialog();
  calls = [];
  globalThis.location = new URL(`${HERE}/account`);
  globalThis.document = { querySelector: () => dialog };
});

test('what is not refused is the answer, untouched', async () => {
  for (const other of [good(), answer(401, { code: 'authentication-required' }), answer(403, problem()), answer(401, problem(), { type: 'text/html' })]) {
    serve(other);
    assert.equal((await fetch('/api')).status, other.status);
  }
  assert.equal(dialog.opened.length, 0);
});

test('a refused call is repeated once after a pass, with the same arguments', async () => {
  serve(refused({ intent: { id: 'i-1', display: [] } }), good());
  const init = { method: 'POST', body: '{"to":"Ana"}' };
  const result = fetch('/api', init);
  const { refusal, end } = await opened(1);
  assert.equal(refusal.step_up.intent.id, 'i-1');
  end('passed');
  assert.deepEqual(await (await result).json(), { balance: '1.00' });
  assert.deepEqual(calls, [['/api', init], ['/api', init]]);
});

test('a call that is refused again after its own pass is not repeated for ever', async () => {
  serve(refused());
  const result = fetch('/api');
  (await opened(1)).end('passed');
  const response = await result;
  assert.equal(response.status, 401);
  assert.equal((await readRefusal(response)).code, 'step-up-required', 'it can still be read');
  assert.equal(calls.length, 2);
});

test('a person who closes the dialog cancels the call, and it says how', async () => {
  for (const outcome of ['closed', 'login', 'alternative']) {
    dialog = new FakeDialog();
    serve(refused());
    const result = fetch('/api');
    (await opened(1)).end(outcome);
    await assert.rejects(result, (error) => isStepUpCancelled(error) && error.outcome === outcome);
  }
  assert.equal(isStepUpCancelled(new Error('other')), false);
});

test('several calls refused at once share one dialog, and all go on', async () => {
  serve(refused(), refused(), refused(), good());
  const results = [fetch('/a'), fetch('/b'), fetch('/c')];
  await opened(1);
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.equal(dialog.opened.length, 1);
  dialog.opened[0].end('passed');
  assert.deepEqual((await Promise.all(results)).map(({ status }) => status), [200, 200, 200]);
});

test('a pass that was good for one of them only leads the others through one of their own', async () => {
  serve(refused(), refused(), good(), refused(), good());
  const results = [fetch('/a'), fetch('/b')];
  (await opened(1)).end('passed');
  (await opened(2)).end('passed');
  assert.deepEqual((await Promise.all(results)).map(({ status }) => status), [200, 200]);
});

test('operations of their own are asked for one after the other', async () => {
  serve(refused({ intent: { id: 'i-1', display: [] } }), refused({ intent: { id: 'i-2', display: [] } }), good());
  const results = [fetch('/a'), fetch('/b')];
  (await opened(1)).end('passed');
  (await opened(2)).end('passed');
  assert.deepEqual(dialog.opened.map(({ refusal }) => refusal.step_up.intent.id), ['i-1', 'i-2']);
  await Promise.all(results);
});

test('an abort closes the dialog, unless another call waits for it', async () => {
  serve(refused(), refused(), good());
  const [one, other] = [new AbortController(), new AbortController()];
  const first = fetch('/a', { signal: one.signal });
  const second = fetch('/b', { signal: other.signal });
  const { signal, end } = await opened(1);
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  one.abort(new Error('left'));
  await assert.rejects(first, /left/);
  assert.equal(signal.aborted, false);
  end('passed');
  assert.equal((await second).status, 200);

  dialog = new FakeDialog();
  serve(refused());
  const alone = new AbortController();
  const third = fetch('/a', { signal: alone.signal });
  const open = await opened(1);
  alone.abort(new Error('left'));
  await assert.rejects(third, /left/);
  assert.equal(open.signal.aborted, true);
});

test('a body that is a stream is used up: no face is asked for a call that cannot be made', async () => {
  serve(refused());
  const stream = new Blob(['x']).stream();
  await assert.rejects(fetch('/api', { method: 'POST', body: stream, duplex: 'half' }), (error) => isNotRepeatable(error) && error.response.status === 401);
  assert.equal(dialog.opened.length, 0);
});

test('a request object keeps its body for the second time', async () => {
  const bodies = [];
  const answers = [refused(), good()];
  globalThis.fetch = async (request) => {
    bodies.push(await request.text());
    return answers.shift();
  };
  const result = fetch(new Request(`${HERE}/api`, { method: 'POST', body: 'once' }));
  (await opened(1)).end('passed');
  assert.equal((await result).status, 200);
  assert.deepEqual(bodies, ['once', 'once']);
});

test('a request object keeps its body for a third time, where a pass was good for another call', async () => {
  const bodies = [];
  const answers = [refused(), refused(), good(), refused(), good()];
  globalThis.fetch = async (request) => {
    const answer = answers.shift();
    bodies.push(await request.text());
    return answer;
  };
  const post = (body) => fetch(new Request(`${HERE}/api`, { method: 'POST', body }));
  const results = [post('one'), post('two')];
  (await opened(1)).end('passed');
  (await opened(2)).end('passed');
  assert.deepEqual((await Promise.all(results)).map(({ status }) => status), [200, 200]);
  assert.deepEqual(bodies, ['one', 'two', 'one', 'two', 'two']);
});

test('a frame without an origin gets its answers and no dialog', async () => {
  globalThis.origin = 'null';
  serve(refused());
  assert.equal((await fetch('/api', null)).status, 401);
  delete globalThis.origin;
  assert.equal(dialog.opened.length, 0);
});

test('another origin cannot ask for a video of the person here', async () => {
  serve(refused({}, { url: 'https://evil.example/api' }));
  assert.equal((await fetch('https://evil.example/api')).status, 401);
  assert.equal(dialog.opened.length, 0);
  configure({ mount: 'https://api.bank.example/biometry' });
  serve(refused({}, { url: 'https://api.bank.example/x' }), good());
  const result = fetch('https://api.bank.example/x');
  (await opened(1)).end('passed');
  assert.equal((await result).status, 200);
  configure({ mount: '/biometry' });
});
