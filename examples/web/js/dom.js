/** The few shapes in which this page touches the document. */

/** @param {string} id @returns {HTMLElement} the element, which must exist */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** Builds an element. Strings become text nodes, never markup. */
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

/** Shows text in an element, or hides the element when there is none. */
export function say(element, text) {
  element.hidden = !text;
  element.textContent = text ?? '';
}

/** Tells screen readers; a repeated text is read again because it changes in a later frame. */
export function announce(text) {
  byId('announcer').textContent = '';
  requestAnimationFrame(() => { byId('announcer').textContent = text; });
}

/** Lets a button do one thing at a time. It keeps the focus meanwhile, for the dialog that opens to give back. */
export function onPress(button, work, event = 'click') {
  byId(button).addEventListener(event, async (pressed) => {
    pressed.preventDefault();
    if (byId(button).ariaBusy === 'true') return;
    byId(button).ariaBusy = 'true';
    await work().finally(() => { byId(button).ariaBusy = null; });
  });
}

/** Label and value pairs for a `<dl>`. @param {[string, string][]} facts */
export function facts(list, pairs) {
  list.replaceChildren(...pairs.map(([label, value]) => build('div', {}, build('dt', {}, label), build('dd', {}, value))));
}

/** Marks a field as wrong, or as right again with `null`. */
export function markField(name, text) {
  say(byId(`${name}-error`), text);
  if (text) byId(name).setAttribute('aria-invalid', 'true');
  else byId(name).removeAttribute('aria-invalid');
}
