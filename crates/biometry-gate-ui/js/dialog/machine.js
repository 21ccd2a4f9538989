/** A flow as a state machine: each state is a function that does its part and names the next state. */

import { Problem, isProblem } from '../http/problem.js';

/**
 * Runs from state to state until one is named that there is not. What a state throws becomes `flow.trouble` and leads to
 * `problem`; what was closed leads to `closed`.
 * @template {{trouble: Problem|null}} Flow
 * @param {Record<string, (flow: Flow) => string|Promise<string>>} states
 * @param {string} first
 * @param {Flow} flow
 * @returns {Promise<string>} the last name
 */
export async function run(states, first, flow) {
  let state = first;
  while (Object.hasOwn(states, state)) state = await enter(states[state], flow);
  return state;
}

async function enter(state, flow) {
  try {
    return await state(flow);
  } catch (error) {
    if (error.name === 'AbortError') return 'closed';
    if (!isProblem(error)) reportError(error);
    flow.trouble = isProblem(error) ? error : new Problem('page-error');
    return 'problem';
  }
}
