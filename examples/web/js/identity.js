/**
 * Higher limits, for those whose face is the one in their identity document: a live video first, then a picture of the
 * document, which the verification service compares with that video.
 */

import { Problem } from './api.js';
import * as bank from './bank.js';
import * as biometry from './biometry.js';
import { build, byId, fillFacts, oneAtATime, say } from './dom.js';
import { money } from './format.js';
import { inOneLine } from './problems.js';

const POLICY = 'limits';
/** Nothing to show while the faces are compared: that takes a moment and cannot be stopped. */
const QUIETLY = { onProgress: () => {}, onSent: () => {}, signal: new AbortController().signal };

export class Identity {
  /**
   * @param {object} host
   * @param {(request: import('./picture.js').PictureRequest) => Promise<boolean>} host.picture
   * @param {(request: import('./stepup.js').Request) => Promise<boolean>} host.approve
   * @param {() => void} host.signedOut
   */
  constructor({ picture, approve, signedOut }) {
    this.picture = picture;
    this.approve = approve;
    this.signedOut = signedOut;
    const button = byId('identity-start');
    button.addEventListener('click', () => oneAtATime(button, () => this.#raise()));
    this.reset();
  }

  /** Forgets what it showed and how far somebody got. */
  reset() {
    say(byId('identity-problem'), null);
    byId('limits').replaceChildren();
    this.#mark(0);
  }

  async #raise() {
    this.reset();
    try {
      this.#show(await bank.limits());
    } catch (problem) {
      if (problem.code === 'step-up-required') await this.#walk(problem);
      else this.#fail(problem);
    }
  }

  async #walk({ members }) {
    // Whoever has shown themselves already goes on with the document.
    const session = (members.reason === 'level' && (await this.#passed())) || (await this.#video());
    if (!session) return;
    this.#mark(1);
    let limits = null;
    const done = await this.picture({
      kind: 'document',
      needs: ['authorization'],
      send: async (picture, progress) => {
        limits = await this.#compare(session, picture, progress);
        return 'Your face is the one in your document.';
      },
    });
    if (done && limits) this.#show(limits);
  }

  /** The session in which somebody has passed the video already, if there is one. */
  async #passed() {
    const { state, policy, data } = await biometry.status().catch(() => ({}));
    return state === 'passed' && policy === POLICY ? data : null;
  }

  async #video() {
    let passed = null;
    await this.approve({
      policy: POLICY,
      heading: 'First, you',
      reason: 'A short video shows that you are there. The photo in your document is compared with it.',
      display: [],
      finish: async ({ session }) => {
        passed = session;
        return 'Next: your document.';
      },
    });
    return passed;
  }

  /** The very picture that is accepted as a document is the one that counts for the comparison. */
  async #compare(session, picture, progress) {
    await biometry.checkDocument(session, picture, progress);
    const { document_matched: isDocuments } = await biometry.matchFaces(session, picture, QUIETLY);
    if (isDocuments !== true) throw new Problem('match-failed');
    return bank.limits();
  }

  #show({ daily, single }) {
    const facts = [{ label: 'In one day', value: money(daily) }, { label: 'In one transfer', value: money(single) }];
    const list = build('dl', { class: 'facts', 'data-testid': 'limits-facts' });
    fillFacts(list, facts);
    byId('limits').replaceChildren(list);
    this.#mark(3);
  }

  #mark(reached) {
    [...byId('identity-steps').children].forEach((item, index) => {
      item.dataset.done = String(index < reached);
      if (index === reached) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    });
    byId('identity').dataset.reached = String(reached);
    byId('identity-start').hidden = reached === 3;
  }

  #fail(problem) {
    if (problem.code === 'authentication-required') return this.signedOut();
    say(byId('identity-problem'), inOneLine(problem));
  }
}
