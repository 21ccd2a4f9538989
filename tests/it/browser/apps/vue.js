import { createApp, h, ref } from 'vue';
import { configure, fetch, isStepUpCancelled } from 'biometry-gate-ui';

configure({ mount: '/biometry' });

createApp({
  setup() {
    const said = ref('');
    const show = async () => {
      try {
        said.value = (await (await fetch('/api/statement')).json()).balance;
      } catch (error) {
        said.value = isStepUpCancelled(error) ? 'not now' : String(error);
      }
    };
    return () => [h('button', { onClick: show }, 'Show'), h('output', said.value)];
  },
}).mount(document.body.appendChild(document.createElement('main')));
