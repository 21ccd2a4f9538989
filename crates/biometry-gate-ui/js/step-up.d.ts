import type { Client } from './step-up-dialog.js';

/** The problem document of a refusal with code `step-up-required`. */
export interface StepUpRefusal {
  code?: 'step-up-required';
  reason?: 'absent' | 'stale' | 'level' | 'consumed' | 'pending';
  step_up: {
    policy?: string;
    max_age?: number;
    intent?: { id: string; display: { label: string; value: string }[] };
    next?: { rel: string; method: string; href: string; needed: boolean }[];
  };
}

/** The `fetch` of the platform, with step-up: a refused call is repeated once after a pass. */
export function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

/** Takes a person through one check. */
export function stepUp(refusal: StepUpRefusal, options?: { signal?: AbortSignal }): Promise<{ closed: Promise<void>; shared: boolean }>;

/** The problem document of an answer that a step-up answers, or `null`; the answer can still be read. */
export function readRefusal(response: Response): Promise<StepUpRefusal | null>;

/** `mount`: where the routes are mounted, `/biometry` where a bundle does not say. `client`: who speaks to them in place of the dialog's own. */
export function configure(options: { mount?: string; client?: Client }): void;

export class StepUpCancelled extends Error {
  constructor(outcome: StepUpCancelled['outcome']);
  readonly outcome: 'closed' | 'login' | 'alternative';
}

export class NotRepeatable extends TypeError {
  constructor(response: Response);
  readonly response: Response;
}

export function isStepUpCancelled(error: unknown): error is StepUpCancelled;
export function isNotRepeatable(error: unknown): error is NotRepeatable;

declare global {
  interface GlobalEventHandlersEventMap {
    'step-up-response': CustomEvent<{ response: Response }>;
    'step-up-cancelled': CustomEvent<{ error: StepUpCancelled }>;
    'step-up-error': CustomEvent<{ error: unknown }>;
  }
}
