import type { Spoken } from './biometry-scanner.js';
import type { StepUpRefusal } from './step-up.js';

export interface Challenge {
  id: string;
  phrase: string;
  /** What of the operation the phrase begins with. */
  spoken?: Spoken[];
  /** Server time, milliseconds since the epoch. */
  expiresAt: number;
}
export interface Progress { onProgress(fraction: number): void; onSent(): void; signal: AbortSignal }
export interface Choices { authorization?: true; storage?: true; text_version?: string }

/** What the dialog needs of a client; everything throws a problem where it is refused. */
export interface Client {
  start(wanted: { policy?: string; intent?: string; subject?: string }): Promise<Challenge>;
  status(id?: string, handle?: string): Promise<any>;
  end(id: string): Promise<unknown>;
  consent(): Promise<Record<'authorization' | 'storage', { given?: boolean }>>;
  giveConsent(choices: Choices): Promise<unknown>;
  verify(challenge: Challenge, capture: File, progress: Progress): Promise<{ expiresAt: number }>;
  enrollFace(picture: File, progress: Progress): Promise<unknown>;
  enrollVoice(challenge: Challenge, recording: File, progress: Progress): Promise<unknown>;
  checkDocument(session: string, picture: File, progress: Progress): Promise<unknown>;
  matchFaces(session: string, picture: File, progress: Progress): Promise<{ document_matched?: boolean }>;
}

export interface Result {
  outcome: 'passed' | 'closed' | 'login' | 'alternative';
  /** Settles once the dialog is gone and the focus is back. */
  closed: Promise<void>;
  expiresAt?: number;
  session?: string;
}

interface Options { signal?: AbortSignal }

export class StepUpDialog extends HTMLElement {
  /** Texts of the host's own, by the keys of `words/en.js`. */
  texts: Record<string, string>;
  mount: string;
  get client(): Client;
  set client(client: Client | null);
  stepUp(refusal: StepUpRefusal, options?: Options): Promise<Result>;
  signIn(options: { subject: string; policy?: string } & Options): Promise<Result>;
  enrollVoice(options?: { policy?: string } & Options): Promise<Result>;
  enrollFace(options?: Options): Promise<Result>;
  checkDocument(options: { session: string } & Options): Promise<Result>;
}

declare global {
  interface HTMLElementTagNameMap { 'step-up-dialog': StepUpDialog }
}
