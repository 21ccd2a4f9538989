/** The few shapes in which the elements build their shadow trees. Text is text: markup is never parsed. */

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  close: ['m5.5 5.5 9 9m0-9-9 9'],
  face: ['M3 7V5a2 2 0 0 1 2-2h2m6 0h2a2 2 0 0 1 2 2v2m0 6v2a2 2 0 0 1-2 2h-2m-6 0H5a2 2 0 0 1-2-2v-2M7.3 8v.5m5.4-.5v.5m-5 3.6c1.3 1.3 3.3 1.3 4.6 0'],
  check: ['m4.5 10.5 3.7 3.7 7.3-8'],
  alert: ['M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M10 6.3v4.4m0 2.6v.2'],
  progress: ['M15.8 8.2A6.2 6.2 0 1 0 16 12m.3-7.5v3.9h-3.9'],
  wait: ['M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4.2l2.7 1.6'],
  voice: ['M10 2.8a2.6 2.6 0 0 1 2.6 2.6v3.8a2.6 2.6 0 0 1-5.2 0V5.4A2.6 2.6 0 0 1 10 2.8M4.6 9.8a5.4 5.4 0 0 0 10.8 0M10 15.2v2.3'],
};

/**
 * Builds an element: `build('p.lead#text', { hidden: true }, 'words')`. A property that is `undefined` is left out.
 * @param {string} shape tag, classes and id
 * @param {Record<string, unknown>} [attributes] functions listen to the event they are named after
 * @param {...(Node|string)} children
 */
export function build(shape, attributes = {}, ...children) {
  const [, tag, classes, id] = /^([\w-]+)((?:\.[\w-]+)*)(?:#([\w-]+))?$/.exec(shape);
  const element = document.createElement(tag);
  if (classes) element.className = classes.slice(1).replaceAll('.', ' ');
  if (id) element.id = id;
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children);
  return element;
}

function set(element, name, value) {
  if (typeof value === 'function') element.addEventListener(name, value);
  else if (typeof value === 'boolean') element.toggleAttribute(name, value);
  else if (value !== undefined) element.setAttribute(name, value);
}

/** @param {keyof ICONS} name */
export function icon(name) {
  return drawing('icon', '0 0 20 20', ICONS[name].map((d) => shape('path', { d })));
}

/** The oval that a face belongs in. */
export function oval() {
  const svg = drawing('guide', '0 0 400 300', [shape('ellipse', { cx: 200, cy: 146, rx: 82, ry: 108 })]);
  svg.setAttribute('preserveAspectRatio', 'xMidYMid meet');
  return svg;
}

/** Keeps the oval inside of the picture, which may leave room above or beside it. @param {SVGElement} svg @param {HTMLVideoElement} preview */
export function fitOval(svg, preview) {
  const fit = () => {
    if (!preview.videoWidth) return;
    const width = (300 * preview.videoWidth) / preview.videoHeight;
    const rx = Math.min(82, width * 0.42);
    svg.setAttribute('viewBox', `0 0 ${width} 300`);
    for (const [name, value] of Object.entries({ cx: width / 2, rx, ry: (rx * 108) / 82 })) svg.firstChild.setAttribute(name, value);
  };
  for (const event of ['loadedmetadata', 'resize']) preview.addEventListener(event, fit);
}

function drawing(name, viewBox, shapes) {
  const svg = shape('svg', { class: name, viewBox, 'aria-hidden': 'true' });
  svg.append(...shapes);
  return svg;
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Shows text in an element, or hides the element when there is none. */
export function say(element, text) {
  element.hidden = !text;
  element.textContent = text ?? '';
}

/** A style sheet that no content security policy has to allow: it is made, not loaded. */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
