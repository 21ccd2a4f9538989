/** Colours, type and buttons of both elements. Every `--step-up-…` property is the host's to set. */

import { sheet } from './dom.js';

export const base = sheet(`
:host {
  --surface: var(--step-up-surface, #fffefb);
  --sunken: var(--step-up-sunken, #efede5);
  --ink: var(--step-up-ink, #15201c);
  --soft: var(--step-up-soft, #55625c);
  --line: var(--step-up-line, #e1ded3);
  --accent: var(--step-up-accent, #0b5d4b);
  --on-accent: var(--step-up-on-accent, #fff);
  --wash: var(--step-up-wash, #e2efe9);
  --alert: var(--step-up-alert, #a2271f);
  --alert-wash: var(--step-up-alert-wash, #fbe8e4);
  --wait: var(--step-up-wait, #7a4f00);
  --wait-wash: var(--step-up-wait-wash, #faf0d8);
  --radius: var(--step-up-radius, 18px);
  font: 400 1rem/1.5 var(--step-up-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
  letter-spacing: normal;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :host {
    --surface: var(--step-up-dark-surface, #161e1b);
    --sunken: var(--step-up-dark-sunken, #1d2723);
    --ink: var(--step-up-dark-ink, #e9efeb);
    --soft: var(--step-up-dark-soft, #9fafa7);
    --line: var(--step-up-dark-line, #28332e);
    --accent: var(--step-up-dark-accent, #74d3b4);
    --on-accent: var(--step-up-dark-on-accent, #06231a);
    --wash: var(--step-up-dark-wash, #173229);
    --alert: var(--step-up-dark-alert, #ffa195);
    --alert-wash: var(--step-up-dark-alert-wash, #3a1b17);
    --wait: var(--step-up-dark-wait, #f2c879);
    --wait-wash: var(--step-up-dark-wait-wash, #322910);
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ol, dl, dd { margin: 0; padding: 0; }
ol { list-style: none; }
h2, h3 { font-weight: 640; line-height: 1.18; text-wrap: balance; }
h2:focus, h3:focus { outline: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.icon { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.sr-only { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.actions { display: flex; flex: none; flex-direction: column; gap: .5rem; padding: .85rem 1.25rem 1rem; }
.button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-height: 3rem; padding: .5rem 1.25rem;
  border: 1px solid var(--soft); border-radius: 999px; background: transparent; color: var(--ink);
  font: inherit; font-weight: 560; line-height: 1.2; text-align: center; text-decoration: none; cursor: pointer;
}
.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); }
.quiet { border-color: transparent; color: var(--soft); }
.stop { border-color: transparent; background: #b3261e; color: #fff; }
.stop[aria-disabled=true] { background: #b3261ecc; cursor: default; }
.button:disabled { opacity: .6; cursor: default; }
@media (hover: hover) { .button:not(.primary, .stop):hover { background: var(--sunken); color: var(--ink); } }
.lead { margin-top: .7rem; color: var(--soft); }
.view { position: relative; flex: 1; min-height: 8rem; margin-inline: 1.25rem; overflow: hidden; border-radius: var(--radius); background: #0b100e; }
.view video, .view img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.mirrored { transform: scaleX(-1); }
.guide { position: absolute; inset: 0; width: 100%; height: 100%; fill: none; stroke: rgb(255 255 255 / 80%); stroke-width: 2; stroke-dasharray: 5 7; stroke-linecap: round; filter: drop-shadow(0 0 2px rgb(0 0 0 / 60%)); }
.drop { display: grid; flex: 1; align-content: center; justify-items: center; gap: 1.1rem; margin-inline: 1.25rem; padding: 1.5rem; border: 2px dashed var(--line); border-radius: var(--radius); color: var(--soft); text-align: center; }
.drop:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px; }
.drop p { max-width: 34ch; }
.notice { padding: .6rem .9rem; border-radius: 11px; background: var(--wait-wash); color: var(--wait); font-size: .9375rem; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: .01ms !important; animation-iteration-count: 1 !important; transition-duration: .01ms !important; }
}
@media (forced-colors: active) { .button { border: 1px solid CanvasText; } }
`);
