/** How the dialog looks: a sheet on a phone, a card on a larger screen. */

import { sheet } from './dom.js';

export const dialog = sheet(`
:host { display: contents; }
.step-up { width: 100%; max-width: none; height: 100dvh; max-height: none; margin: 0; padding: 0; border: 0; background: var(--surface); color: var(--ink); overflow: hidden; }
.step-up::backdrop { background: rgb(10 18 15 / 55%); }
.step-up[open] { animation: rise .2s ease-out; }
.frame { display: flex; flex-direction: column; height: 100%; padding: max(.6rem, env(safe-area-inset-top)) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
.head { display: grid; flex: none; grid-template-columns: minmax(0, 1fr) auto auto; align-items: center; gap: clamp(.5rem, 2.5vw, 1rem); padding: .25rem .6rem; padding-inline-start: 1.25rem; }
.title { overflow: hidden; font-size: 1rem; text-overflow: ellipsis; white-space: nowrap; }
.close { grid-column: 3; display: inline-grid; place-items: center; width: 2.75rem; height: 2.75rem; padding: 0; border: 0; border-radius: 50%; background: transparent; color: var(--soft); font: inherit; cursor: pointer; }
.steps { display: flex; gap: .4rem; }
.steps li { display: flex; align-items: center; gap: .4rem; color: var(--soft); font-size: .8125rem; }
.steps span { position: absolute; clip-path: inset(50%); }
.steps [aria-current] span { position: static; clip-path: none; }
.steps li::before { content: ""; width: .5rem; height: .5rem; border: 1.5px solid currentColor; border-radius: 50%; }
.steps .past::before { background: currentColor; }
.steps [aria-current] { color: var(--accent); font-weight: 600; }
.steps [aria-current]::before { width: 1.4rem; border-radius: 9px; background: currentColor; }
.stage { display: flex; flex: 1; flex-direction: column; min-height: 0; }
.stage > biometry-scanner { flex: 1; height: auto; max-height: none; }
.body { flex: 1; min-height: 0; overflow-y: auto; padding: 1rem 1.25rem 1.25rem; }
.body h3 { font-size: clamp(1.4rem, 5vmin, 1.9rem); letter-spacing: -.028em; }
.centred { display: flex; flex-direction: column; align-items: center; justify-content: safe center; text-align: center; }
.centred .lead { max-width: 40ch; }
.facts { margin-top: 1.4rem; border-block: 1px solid var(--line); }
.facts > div { display: flex; align-items: baseline; justify-content: space-between; gap: 1.5rem; padding-block: .95rem; }
.facts > div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--soft); }
.facts dd { font-size: clamp(1.2rem, 4.5vmin, 1.6rem); font-weight: 620; text-align: end; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.how { display: grid; gap: .8rem; margin-top: 1.6rem; counter-reset: how; }
.how li { position: relative; padding-inline-start: 2.2rem; color: var(--soft); font-size: .9375rem; counter-increment: how; }
.how li::before { content: counter(how); position: absolute; inset-inline-start: 0; top: .05rem; display: grid; place-items: center; width: 1.45rem; height: 1.45rem; border-radius: 50%; background: var(--wash); color: var(--accent); font-size: .8125rem; font-weight: 600; }
#consent-form { margin-top: 1.2rem; }
.choice { padding-block: 1.1rem; border-top: 1px solid var(--line); }
.tick { display: inline-flex; align-items: center; gap: .75rem; padding-block: .45rem; font-weight: 600; cursor: pointer; }
.tick input { flex: none; width: 1.35rem; height: 1.35rem; margin: 0; accent-color: var(--accent); }
.given { width: fit-content; padding: .15rem .7rem; border-radius: 99px; background: var(--wash); color: var(--accent); font-size: .8125rem; font-weight: 560; }
.choice-text { max-width: 62ch; font-size: .9375rem; }
.soft { margin-top: .35rem; color: var(--soft); }
.error { padding-block: .6rem; color: var(--alert); }
.say { flex: none; padding: .5rem 1.25rem .9rem; }
.say h3 { font-size: clamp(1.3rem, 5vmin, 1.75rem); letter-spacing: -.028em; }
.say .lead { margin-top: .3rem; }
.paper { position: absolute; inset: 0; width: 88%; max-height: 86%; margin: auto; aspect-ratio: 1.42; border: 2px dashed rgb(255 255 255 / 80%); border-radius: 14px; filter: drop-shadow(0 0 2px rgb(0 0 0 / 60%)); }
.breath, .seal, .mark { display: grid; flex: none; place-items: center; width: var(--mark); height: var(--mark); margin-bottom: clamp(.7rem, 2.5dvh, 1.5rem); border-radius: 50%; background: var(--wash); color: var(--accent); --mark: clamp(3.5rem, 12dvh, 5.5rem); }
:is(.breath, .seal, .mark) .icon { width: calc(var(--mark) * .45); height: calc(var(--mark) * .45); }
.breath { animation: breathe 2.4s ease-in-out infinite; }
.seal { background: var(--accent); color: var(--on-accent); animation: settle .4s cubic-bezier(.2, 1.4, .4, 1); }
.mark[data-tone=alert] { background: var(--alert-wash); color: var(--alert); }
.mark[data-tone=wait] { background: var(--wait-wash); color: var(--wait); }
.progress-line { width: min(20rem, 100%); margin-top: 1.4rem; }
.progress-line .lead { min-height: 1.55em; font-variant-numeric: tabular-nums; }
progress { width: 100%; height: .5rem; overflow: hidden; border: 0; border-radius: 99px; appearance: none; background: var(--sunken); accent-color: var(--accent); }
progress::-webkit-progress-bar { background: var(--sunken); }
progress::-webkit-progress-value { border-radius: 99px; background: var(--accent); transition: width .2s; }
progress::-moz-progress-bar { background: var(--accent); }
progress:indeterminate { background: linear-gradient(to right, var(--sunken) 30%, var(--accent) 50%, var(--sunken) 70%) 0 0 / 300% 100%; animation: sweep 1.6s linear infinite; }
progress:indeterminate::-webkit-progress-bar { background: transparent; }
progress:indeterminate::-moz-progress-bar { background: transparent; }
.attempts { margin-top: 1rem; padding: .3rem .9rem; border-radius: 99px; background: var(--sunken); font-size: .9375rem; font-weight: 560; }
.small { margin-top: 1.6rem; color: var(--soft); font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .75rem; overflow-wrap: anywhere; }
@media (min-width: 40rem) and (min-height: 34rem) {
  .step-up { width: 35rem; height: min(45rem, calc(100dvh - 3rem)); margin: auto; border: 1px solid var(--line); border-radius: 26px; box-shadow: 0 30px 80px -20px rgb(0 0 0 / 45%); }
  .steps span { position: static; clip-path: none; }
  .actions { flex-direction: row; justify-content: center; gap: .75rem; }
  .actions > .primary { flex: 1; }
}
@media (max-width: 23rem) { .title { font-size: .9375rem; line-height: 1.2; white-space: normal; } .steps [aria-current] span { position: absolute; clip-path: inset(50%); } }
@media (max-height: 30rem) and (orientation: landscape) {
  .frame { padding-top: env(safe-area-inset-top); }
  .actions { flex-flow: row wrap; justify-content: center; padding-block: .4rem .8rem; }
  .actions > .button { min-height: 2.6rem; }
  .actions > .primary { flex: 1 0 auto; }
  .pictures:not([hidden]) { display: grid; grid-template: 1fr auto / 1fr 1fr; }
  .pictures > .say { overflow-y: auto; }
  .pictures > :is(.view, .drop) { grid-area: 1 / 2 / 3; min-height: 0; margin: 0 0 1rem; margin-inline-end: 1.25rem; }
}
@keyframes rise { from { transform: translateY(14px); } }
@keyframes breathe { 50% { transform: scale(1.07); } }
@keyframes settle { from { transform: scale(.6); } }
@keyframes sweep { from { background-position: 100% 0; } to { background-position: 0 0; } }
`);
