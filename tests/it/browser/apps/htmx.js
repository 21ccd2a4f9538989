import htmx from 'htmx.org';
import 'biometry-gate-ui';

// As its own script does it; that is where the step-up looks for it.
globalThis.htmx = htmx;

document.body.setAttribute('data-step-up', '');
const main = document.body.appendChild(document.createElement('main'));
const [button, output] = ['button', 'output'].map((name) => main.appendChild(document.createElement(name)));
button.textContent = 'Show';
button.setAttribute('hx-get', '/api/statement');
button.setAttribute('hx-target', 'main output');
htmx.process(main);
