/** The panels of the dialog, each built once with the words of its time. */

import { build, icon, oval } from './dom.js';

/** @typedef {Record<string, HTMLElement>} Parts by id */

/**
 * @param {(key: string) => string} say
 * @param {(name: string, look: string, key: string, hidden?: boolean) => HTMLElement} button
 * @returns {Record<string, () => HTMLElement>} what makes each of them
 */
export function panels(say, button) {
  return {
    review: () => review(say, button), consent: () => consent(say, button), opening: () => opening(button), capture,
    picture: () => picture(say, button), sending: () => sending(button), done, problem: () => problem(button),
  };
}

function panel(name, classes, ...children) {
  return build(`section.stage${classes}`, { 'data-panel': name, part: `panel ${name}`, hidden: true }, ...children);
}

function body(...children) {
  return build('div.body', { part: 'body' }, ...children);
}

function centred(...children) {
  return build('div.body.centred', { part: 'body' }, ...children);
}

function actions(...children) {
  return build('div.actions', { part: 'actions' }, ...children);
}

function heading(name) {
  return build(`h3#${name}-heading`, { tabindex: '-1', part: 'heading', 'data-focus': true, autofocus: true });
}

function review(say, button) {
  return panel('review', '', body(
    heading('review'),
    build('dl.facts#review-display', { part: 'operation', hidden: true }),
    build('p.lead#review-reason'),
    build('ol.how', {}, build('li', {}, say('review.how1')), build('li', {}, say('review.how2')))),
  actions(button('proceed', 'primary', 'review.proceed'), button('cancel', 'quiet', 'review.leave'), alternative(say)));
}

function consent(say, button) {
  const choice = (purpose) => build('div.choice', { part: 'choice', 'data-purpose': purpose },
    build('label.tick', {}, build('input', { type: 'checkbox', name: purpose, autocomplete: 'off', 'aria-describedby': `${purpose}-text` }), build('span', { dir: 'auto' }, say(`consent.${purpose}`))),
    build('p.given', { hidden: true }, say('consent.given')),
    build(`p.choice-text#${purpose}-text`, { dir: 'auto' }, say(`consent.${purpose}.text`)),
    build('p.choice-text.soft', { dir: 'auto' }, say(`consent.${purpose}.note`)));
  const head = heading('consent');
  head.textContent = say('consent.heading');
  return panel('consent', '', body(
    head,
    build('p.lead', {}, say('consent.lead')),
    build('form#consent-form', { novalidate: true }, choice('authorization'), choice('storage'), build('p.error#consent-error', { role: 'alert', hidden: true }), build('p.choice-text.soft', { dir: 'auto' }, say('consent.later')))),
  actions(
    build('button.button.primary', { type: 'submit', form: 'consent-form', part: 'button primary', 'data-action': 'agree' }, say('consent.agree')),
    button('cancel', 'quiet', 'consent.refuse'), alternative(say)));
}

function opening(button) {
  return panel('opening', '', centred(breath(), heading('opening'), build('p.lead#opening-text')),
    actions(button('file', 'quiet', 'scan.file', true)));
}

function capture() {
  const scanner = document.createElement('biometry-scanner');
  scanner.isManaged = true;
  scanner.setAttribute('exportparts', 'phrase, spoken, fresh, meaning, value, viewfinder, button, primary, quiet, stop, drop');
  return panel('capture', '', scanner);
}

function picture(say, button) {
  return panel('picture', '.pictures',
    build('div.say', {}, heading('picture'), build('p.lead#picture-text')),
    build('div.view#picture-frame', { part: 'viewfinder' },
      build('video#picture-preview', { playsinline: true, autoplay: true, 'aria-label': say('picture.preview') }),
      oval(),
      build('span.paper', { 'aria-hidden': 'true' }),
      build('img#picture-shown', { alt: '', hidden: true })),
    build('div.drop#picture-drop', { part: 'drop', hidden: true }, build('p', {}, say('picture.drop')),
      build('label.button.primary', { for: 'picture-file', part: 'button primary' }, say('picture.choose')),
      build('input.sr-only#picture-file', { type: 'file', accept: 'image/jpeg,image/png', 'aria-label': say('picture.choose') })),
    actions(button('shoot', 'primary', 'picture.shoot'), button('send', 'primary', 'picture.send'), button('again', 'quiet', 'picture.again'),
      button('use-file', 'quiet', 'scan.file'), button('use-camera', 'quiet', 'scan.camera')));
}

function sending(button) {
  return panel('sending', '', centred(breath(), heading('sending'),
    build('div.progress-line', {}, build('progress#progress', { part: 'progress', max: '100', value: '0', 'aria-labelledby': 'sending-heading' }), build('p.lead#sending-text'))),
  actions(button('abort', 'quiet', 'sending.stop')));
}

function done() {
  return panel('done', '', centred(build('div.seal', { 'aria-hidden': 'true' }, icon('check')), heading('done')));
}

function problem(button) {
  return panel('problem', '', centred(
    build('div.mark#problem-mark', { 'aria-hidden': 'true' }), heading('problem'), build('p.lead#problem-text', { part: 'problem-text' }),
    build('p.attempts#problem-attempts', { hidden: true }), build('p.small#problem-small', { hidden: true })),
  actions(build('button.button.primary#problem-next', { type: 'button', part: 'button primary' }), button('file', '', 'next.file'), button('cancel', 'quiet', 'next.close'),
    build('a.button.quiet.alternative', { part: 'button alternative', hidden: true })));
}

function alternative(say) {
  return build('a.button.quiet.alternative', { part: 'button alternative', hidden: true }, say('alternative'));
}

function breath() {
  return build('div.breath', { 'aria-hidden': 'true' }, icon('face'));
}
