import htmx from 'htmx.org';
import 'biometry-gate-ui';
import page from './htmx.html';

// As its own script does it; that is where the step-up looks for it.
globalThis.htmx = htmx;

document.body = new DOMParser().parseFromString(page, 'text/html').body;
htmx.process(document.body);
