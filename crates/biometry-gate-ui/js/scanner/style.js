/** How the scanner looks: the phrase above the picture, or beside it on a screen that is wide and low. */

import { sheet } from '../dialog/dom.js';

export const scanner = sheet(`
:host { display: flex; height: 34rem; max-height: 100dvh; min-height: 0; background: var(--surface); color: var(--ink); }
:host([hidden]) { display: none; }
.scan { display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; overflow-y: auto; }
.scan:has(.parted) .view { min-height: 5.5rem; }
.say { flex: none; padding: .5rem 1.25rem .9rem; }
.say h3 { color: var(--soft); font-size: .9375rem; font-weight: 560; }
.phrase { margin-top: .15rem; font-size: clamp(1.6rem, 8.4vmin, 2.75rem); font-weight: 660; letter-spacing: -.03em; line-height: 1.14; }
.words { text-align: left; text-wrap: balance; unicode-bidi: isolate; }
[dir=rtl] .words { text-align: right; }
.parted { display: grid; gap: .6rem; margin-top: .5rem; font-size: clamp(1.3rem, 6.4vmin, 2.1rem); }
.piece { padding-inline-start: .75rem; border-inline-start: 3px solid var(--line); }
.piece[part=spoken] { border-color: var(--accent); }
.meaning { color: var(--soft); font-size: .875rem; font-weight: 400; letter-spacing: normal; line-height: 1.4; overflow-wrap: anywhere; }
.value { color: var(--ink); font-weight: 640; font-variant-numeric: tabular-nums; }
.about { margin-bottom: .5rem; color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.about span + span::before { content: " · "; }
.word { transition: color .2s; }
[data-state=recording] .word { color: var(--soft); }
[data-state=recording] .now { color: var(--accent); }
[data-state=recording] .said { color: var(--ink); }
.fuse-line { display: flex; align-items: center; gap: .8rem; margin-top: .65rem; }
.fuse { flex: 1; height: 4px; overflow: hidden; border-radius: 9px; background: var(--sunken); }
.fuse span { display: block; height: 100%; border-radius: inherit; background: var(--accent); transform: scaleX(var(--left, 1)); transform-origin: left; transition: transform .3s linear; }
[dir=rtl] .fuse span { transform-origin: right; }
.expiry { color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; }
.low { color: var(--alert); font-weight: 600; }
[data-state=recording] .guide { stroke-dasharray: none; stroke-width: 2.5; }
.count { position: absolute; inset: 0; display: grid; place-items: center; color: #fff; font-size: clamp(4rem, 28vmin, 9rem); font-weight: 680; text-shadow: 0 2px 24px rgb(0 0 0 / 55%); pointer-events: none; }
.count b { animation: beat 1s ease-out; }
.rec { position: absolute; inset-inline-start: .9rem; top: .9rem; display: inline-flex; align-items: center; gap: .5rem; padding: .25rem .7rem; border-radius: 99px; background: rgb(0 0 0 / 70%); color: #fff; font-size: .875rem; font-variant-numeric: tabular-nums; }
.rec i { width: .6rem; height: .6rem; border-radius: 50%; background: #ff5a4d; animation: blink 1.2s ease-in-out infinite; }
.bar { position: absolute; inset: auto 0 0; height: 6px; }
.bar span { display: block; height: 100%; background: #ff5a4d; transform: scaleX(var(--done, 0)); transform-origin: left; }
[dir=rtl] .bar span { transform-origin: right; }
.view > .icon { position: absolute; inset: 0; width: 5rem; height: 5rem; margin: auto; padding: 1.2rem; border-radius: 50%; background: rgb(255 255 255 / 12%); color: #fff; }
@media (min-width: 40rem) and (min-height: 34rem) { .actions { flex-direction: row; justify-content: center; gap: .75rem; } .actions > .primary, .actions > .stop { flex: 1; } }
@media (max-height: 30rem) and (orientation: landscape) {
  .scan { display: grid; grid-template: 1fr auto / 1fr 1fr; }
  .say { overflow-y: auto; }
  .view, .drop { grid-area: 1 / 2 / 3; min-height: 0; margin: 0 0 1rem; margin-inline-end: 1.25rem; }
  .actions { flex-flow: row wrap; justify-content: center; padding: .4rem 1rem .8rem; }
  .actions > .button { flex: 1; min-height: 2.6rem; padding-inline: .6rem; }
  .phrase { font-size: 1.5rem; }
}
.notice[data-tone=good] { background: var(--wash); color: var(--accent); }
@keyframes beat { from { opacity: 0; transform: scale(1.35); } 30% { opacity: 1; transform: none; } }
@keyframes blink { 50% { opacity: .25; } }
`);
