/** The few shapes in which this page touches the document. */

/** @param {string} id @returns {HTMLElement} the element, which must exist */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Builds an element. Strings become text nodes, never markup.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node|string)} children
 */
export function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {string} name a symbol of the sprite in index.html, without `icon-` */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Shows text in an element, or hides the element when there is none.
 * @param {HTMLElement} element @param {string|undefined|null} text
 */
export function say(element, text) {
  element.hidden = !text;
  element.textContent = text ?? '';
}

/**
 * Lets a button do one thing at a time. It is not disabled meanwhile: that would take the focus away from it, and the dialog
 * that opens could not give it back.
 * @param {HTMLElement} button @param {() => Promise<unknown>} work
 */
export async function oneAtATime(button, work) {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-busy');
  }
}

/**
 * Label and value pairs for a `<dl>`.
 * @param {HTMLElement} list @param {{label: string, value: string}[]} facts
 */
export function fillFacts(list, facts) {
  list.replaceChildren(...facts.map(({ label, value }) =>
    build('div', {}, build('dt', {}, String(label)), build('dd', {}, String(value)))));
  list.hidden = facts.length === 0;
}

/**
 * Marks a field as wrong, or as right again with `null`.
 * @param {HTMLInputElement} input @param {HTMLElement} place @param {string|null} text
 */
export function markField(input, place, text) {
  say(place, text);
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}
