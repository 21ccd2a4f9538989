/**
 * Higher limits, for those whose face is the one in their identity document: a live video first, then a picture of the
 * document, which the verification service compares with that video.
 */

import { stepUp } from '/biometry/ui/step-up.js';
import * as bank from './bank.js';
import { build, byId, facts, onPress, say } from './dom.js';
import { money } from './format.js';

const POLICY = 'limits';

export class Identity {
  /**
   * @param {{dialog: import('biometry-gate-ui/dialog').StepUpDialog, status: () => Promise<any>,
   *   ended: (result: any) => Promise<boolean>, failed: (error: Error, place: string) => void}} host
   */
  constructor(host) {
    this.host = host;
    onPress('identity-start', () => this.#raise().catch((error) => host.failed(error, 'identity-problem')));
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
    const refusal = await bank.limits().then((limits) => this.#show(limits), (error) => error);
    if (!refusal) return;
    if (refusal.code !== 'step-up-required') throw refusal;
    const { dialog, ended } = this.host;
    // Somebody who has shown themselves already goes on with the document.
    const known = refusal.members.reason === 'level' ? await this.#passed() : null;
    if (!known) await (await stepUp(refusal.members)).closed;
    const session = known ?? await this.#passed();
    this.#mark(1);
    if (await ended(await dialog.checkDocument({ session }))) this.#show(await bank.limits());
  }

  /** The session in which somebody has passed the video already, if there is one. */
  async #passed() {
    const { state, policy, data } = await this.host.status().catch(() => ({}));
    return state === 'passed' && policy === POLICY ? data : null;
  }

  #show({ daily, single }) {
    const list = build('dl', { class: 'facts', 'data-testid': 'limits-facts' });
    facts(list, [['In one day', money(daily)], ['In one transfer', money(single)]]);
    byId('limits').replaceChildren(list);
    this.#mark(3);
  }

  #mark(reached) {
    [...byId('identity-steps').children].forEach((item, index) => {
      item.dataset.done = String(index < reached);
      item.ariaCurrent = index === reached ? 'step' : null;
    });
    byId('identity').dataset.reached = String(reached);
    byId('identity-start').hidden = reached === 3;
  }
}
