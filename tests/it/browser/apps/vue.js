import { createApp } from 'vue';
import Statement from './Statement.vue';

createApp(Statement).mount(document.body.appendChild(document.createElement('main')));
