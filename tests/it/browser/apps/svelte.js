import { mount } from 'svelte';
import Statement from './Statement.svelte';

mount(Statement, { target: document.body.appendChild(document.createElement('main')) });
