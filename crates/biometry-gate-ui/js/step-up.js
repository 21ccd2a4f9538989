/**
 * `fetch` with step-up: a call that is refused with `step-up-required` opens the dialog and is repeated once after a pass.
 *
 * This file is all that a page loads before its first refusal.
 */

const here = import.meta.url;
const native = (...call) => globalThis.fetch(...call);
const settings = { mount: mountOf(here), client: undefined };
/** Checks that run or wait, by what they prove. */
const checks = new Map();
/** One dialog at a time: the next check waits for the one before. */
let lastClosed = Promise.resolve();
let isPreloaded = false;

/** Thrown where a person closed the dialog, or went another way: `outcome` is `closed`, `login` or `alternative`. */
export class StepUpCancelled extends Error {
  constructor(outcome) {
    super('the step-up was cancelled');
    this.name = 'StepUpCancelled';
    this.outcome = outcome;
  }
}

/** Thrown before the dialog opens: the refused call had a stream for a body, which is used up. `response` is the refusal. */
export class NotRepeatable extends TypeError {
  constructor(response) {
    super('a call whose body is a stream cannot be repeated: step up first, then send it');
    this.name = 'NotRepeatable';
    this.response = response;
  }
}

export const isStepUpCancelled = (error) => error?.name === 'StepUpCancelled';
export const isNotRepeatable = (error) => error?.name === 'NotRepeatable';

/** `mount`: where the routes are mounted, `/biometry` for example. `client`: who speaks to them in place of the dialog's own. */
export function configure(options) {
  Object.assign(settings, options);
}

/** The `fetch` of the platform, with step-up. */
export async function fetch(input, init) {
  const signal = init?.signal ?? input.signal;
  const repeat = repeatable(input, init);
  let response = await native(input, init);
  // A pass that several calls waited for may be good for one of them only.
  for (let tries = 0; tries < 3; tries += 1) {
    const refusal = await readRefusal(response);
    if (!refusal) return response;
    if (!repeat) throw new NotRepeatable(response);
    const pass = await stepUp(refusal, { signal });
    [response] = await Promise.all([repeat(), pass.closed]);
    if (!pass.shared) return response;
  }
  return response;
}

/**
 * Takes a person through one check.
 * @param refusal the problem document of a `step-up-required`
 * @returns `closed` settles once the dialog is gone; `shared` says that other calls have the same pass
 * @throws StepUpCancelled, or the reason of `signal`
 */
export async function stepUp(refusal, { signal } = {}) {
  signal?.throwIfAborted();
  const key = JSON.stringify([refusal.step_up.policy, refusal.step_up.intent?.id]);
  const check = checks.get(key) ?? begin(key, refusal);
  check.waiting += 1;
  check.shared ||= check.waiting > 1;
  const leave = () => { if ((check.waiting -= 1) === 0) check.stop.abort(signal.reason); };
  signal?.addEventListener('abort', leave, { once: true });
  try {
    const { outcome, closed, waited } = await Promise.race([check.result, aborted(signal)]);
    if (outcome !== 'passed') throw new StepUpCancelled(outcome);
    return { closed, shared: check.shared || waited };
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

/** The problem document of a refusal that a step-up answers, or `null`. */
export async function readRefusal(response) {
  const type = response.headers.get('content-type') ?? '';
  if (response.status !== 401 || !isOurs(response) || !type.startsWith('application/problem+json')) return null;
  const problem = await response.clone().json().catch(() => null);
  return problem?.code === 'step-up-required' && problem.step_up?.policy ? problem : null;
}

/** Another origin must not be able to ask for a video of the person here, and a sandboxed frame has no origin at all. */
function isOurs({ url }) {
  const site = globalThis.origin ?? location.origin;
  return site !== 'null' && new URL(url || site).origin === new URL(settings.mount, site).origin;
}

function begin(key, refusal) {
  const stop = new AbortController();
  const check = { stop, waiting: 0, shared: false, result: null };
  const turn = lastClosed;
  check.result = Promise.all([dialog(), turn]).then(([element]) => {
    stop.signal.throwIfAborted();
    return element.stepUp(refusal, { signal: stop.signal });
  }).finally(() => checks.delete(key));
  lastClosed = check.result.then(({ closed }) => closed).catch(() => {});
  checks.set(key, check);
  return check;
}

/** The page's own `<step-up-dialog>`, where it has one. */
async function dialog() {
  preload();
  await import('./step-up-dialog.js');
  const element = document.querySelector('step-up-dialog') ?? document.body.appendChild(document.createElement('step-up-dialog'));
  element.mount = settings.mount;
  element.client = settings.client ?? element.client;
  return element;
}

/** Asks for both served files at once, so that the second one need not be named by the first. A bundle has them already. */
function preload() {
  if (isPreloaded || !served(here)) return;
  isPreloaded = true;
  for (const name of ['biometry-scanner.js', 'step-up-dialog.js']) {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href: new URL(name, here).href }));
  }
}

/** How to make the call again, or `null` where its body is gone. */
function repeatable(input, init) {
  if (init?.body instanceof ReadableStream) return null;
  if (!(input instanceof Request)) return () => native(input, init);
  const spare = input.clone();
  return () => native(spare.clone(), init);
}

function aborted(signal) {
  return new Promise((_, reject) => { signal?.addEventListener('abort', () => reject(signal.reason), { once: true }); });
}

/** These files are served at `{mount}/ui/{version}/`; a bundle has to name the mount. */
function mountOf(url) {
  const found = served(url);
  return found ? found[1] ?? '' : '/biometry';
}

function served(url) {
  return /^[a-z]+:\/\/[^/]+(\/.*)?\/ui\/[0-9a-f]{16}\/[^/]+$/.exec(url);
}

/** Forms and links with `data-step-up`, and requests of htmx inside of it; a form with `data-step-up="json"` sends JSON. */
globalThis.addEventListener?.('submit', (event) => intercept(event, event.target, event.submitter));
globalThis.addEventListener?.('click', (event) => {
  const link = event.composedPath()[0]?.closest?.('a[href][data-step-up]');
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  // Another window or another site asks for itself.
  if (isPlain && link?.origin === location.origin && ['', '_self'].includes(link.target)) intercept(event, link);
});
globalThis.addEventListener?.('htmx:beforeOnLoad', (event) => {
  const { xhr, elt, target, requestConfig: made } = event.detail;
  if (xhr.status !== 401 || !elt.closest('[data-step-up]')) return;
  const refused = new Response(xhr.responseText, { status: 401, headers: { 'content-type': xhr.getResponseHeader('content-type') ?? '' } });
  event.preventDefault();
  attempt(elt, async () => {
    const refusal = await readRefusal(refused);
    if (!refusal) return;
    await (await stepUp(refusal)).closed;
    await globalThis.htmx.ajax(made.verb, made.path, { source: elt, target, values: made.parameters, headers: made.headers });
  });
});

function intercept(event, element, submitter) {
  if (event.defaultPrevented || !element.matches('[data-step-up]')) return;
  event.preventDefault();
  if (element.ariaBusy === 'true') return;
  attempt(element, () => (element.matches('form') ? submit(element, submitter) : open(element.href)));
}

/** What can be asked again is asked for its refusal only: the browser itself then goes there. */
async function open(href) {
  const response = await fetch(href, { headers: { accept: 'text/html' } });
  response.body?.cancel();
  location.assign(href);
}

async function submit(form, submitter) {
  const data = new FormData(form, submitter);
  // Attributes: a field that is called `action` hides the property.
  const stated = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? '';
  const url = new URL(stated('action') || location.href, document.baseURI);
  const method = stated('method').toLowerCase() || 'get';
  const plain = new URLSearchParams([...data].map(([name, value]) => [name, value.name ?? value]));
  if (method === 'get') {
    url.search = plain;
    return open(url);
  }
  const init = { method, body: stated('enctype').toLowerCase() === 'multipart/form-data' ? data : plain };
  if (form.dataset.stepUp === 'json') Object.assign(init, { body: JSON.stringify(Object.fromEntries(data)), headers: { 'content-type': 'application/json' } });
  const response = await fetch(url, init);
  const isShown = !form.dispatchEvent(new CustomEvent('step-up-response', { bubbles: true, cancelable: true, detail: { response } }));
  if (!isShown) await show(form, response);
}

/** The answer as a plain form would have shown it; a refusal goes to the form's `<output>`. */
async function show(form, response) {
  if (response.redirected) return location.assign(response.url);
  const text = await response.text();
  const output = form.querySelector('output');
  if ((response.headers.get('content-type') ?? '').startsWith('text/html')) {
    const policy = globalThis.trustedTypes?.createPolicy('step-up', { createHTML: (html) => html });
    document.open();
    document.write(policy?.createHTML(text) ?? text);
    document.close();
  } else if (output) {
    output.value = response.ok ? text : readDetail(text);
  }
}

function readDetail(text) {
  try {
    return JSON.parse(text).detail ?? '';
  } catch {
    return '';
  }
}

async function attempt(element, work) {
  element.ariaBusy = 'true';
  try {
    await work();
  } catch (error) {
    const detail = { error };
    element.dispatchEvent(new CustomEvent(isStepUpCancelled(error) ? 'step-up-cancelled' : 'step-up-error', { bubbles: true, detail }));
  } finally {
    element.ariaBusy = null;
  }
}
