/** The ready step-up page: a check for a navigation that was sent here, and back to where it was going. */

import '../step-up-dialog.js';
import { nativeClient } from '../http/client.js';
import { wordsIn } from '../words/index.js';

/** This page is `{mount}/ui/`. */
const mount = new URL('..', location.href).pathname.replace(/\/$/, '');
const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);

document.documentElement.lang = navigator.language;
const words = await wordsIn(navigator.language);
document.documentElement.lang = words.lang;
document.documentElement.dir = words.dir;
document.title = at('title').textContent = words.say('title');
at('again').textContent = words.say('page.again');
at('again').addEventListener('click', begin);
const dialog = document.body.appendChild(document.createElement('step-up-dialog'));
dialog.mount = mount;
await begin();

async function begin() {
  at('again').hidden = true;
  at('text').textContent = '';
  const { outcome, closed } = await dialog.stepUp({ step_up: { policy: query.get('policy') ?? undefined } });
  await closed;
  if (outcome === 'passed') return goBack();
  if (outcome === 'alternative') return;
  at('text').textContent = words.say('page.closed');
  at('again').hidden = false;
  at('again').focus();
}

/** Where to is the server's to say, once; a place elsewhere is none. */
async function goBack() {
  const { return_to: target } = await nativeClient(mount).status(undefined, query.get('return') ?? '').catch(() => ({}));
  const url = target && new URL(target, location.origin);
  if (url?.origin === location.origin) return location.replace(url);
  at('text').textContent = words.say('page.passed');
  at('title').focus();
}
