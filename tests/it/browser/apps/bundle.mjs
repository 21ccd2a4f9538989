// Writes an app with everything that it imports to standard output, as one script.
//   node bundle.mjs APP ENTRY_POINT_OF_THE_PACKAGE FOLDER_WITH_NODE_MODULES

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [app, entryPoint, folder] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { build } = require('esbuild');

const svelte = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { compile } = require('svelte/compiler');
      return { contents: compile(await readFile(path, 'utf8'), { filename: path, generate: 'client' }).js.code };
    });
  },
};

const vue = {
  name: 'vue',
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { compileScript, parse } = require('vue/compiler-sfc');
      const { descriptor } = parse(await readFile(path, 'utf8'), { filename: path });
      return { contents: compileScript(descriptor, { id: 'app', inlineTemplate: true }).content };
    });
  },
};

const { outputFiles: [script] } = await build({
  entryPoints: [app],
  bundle: true,
  write: false,
  format: 'iife',
  jsx: 'automatic',
  conditions: ['browser'],
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'biometry-gate-ui': entryPoint },
  nodePaths: [join(folder, 'node_modules')],
  loader: { '.html': 'text' },
  plugins: [svelte, vue],
  logLevel: 'error',
});
process.stdout.write(script.contents);
