export type ScannerState = 'idle' | 'opening' | 'ready' | 'countdown' | 'recording' | 'file' | 'problem' | 'done';

/** A line of an operation, and the words of the phrase that say it. */
export interface Spoken { label: string; value: string; words: string }

export class BiometryScanner extends HTMLElement {
  /** Texts of the page's own, by the keys of `words/en.js`. */
  texts: Record<string, string>;
  /** What is read aloud; the attribute `phrase`. */
  phrase: string;
  /** What of an operation the phrase begins with, in order. A phrase that begins otherwise is not shown: a `problem` says so. */
  spoken?: Spoken[];
  /** The attribute `kind`. */
  readonly kind: 'video' | 'voice';
  readonly state: ScannerState;
  /** Opens camera and microphone. */
  open(): Promise<void>;
  /** Offers the take, or the choice of a file. */
  offer(options?: { about?: string | { label: string; value: string }[]; expiresAt?: number; file?: boolean }): void;
  /** Ends what runs, and puts the camera out. */
  close(): void;
}

declare global {
  interface HTMLElementTagNameMap { 'biometry-scanner': BiometryScanner }
  interface HTMLElementEventMap {
    capture: CustomEvent<{ file: File }>;
    problem: CustomEvent<{ problem: Error & { code: string } }>;
    statechange: CustomEvent<null>;
  }
}
