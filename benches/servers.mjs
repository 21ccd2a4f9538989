// The programs that a measurement starts: each on a port of its own choice, all stopped at the end.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const servers = [];

/** Starts a program; answers what it says where it can be reached, or the list of all that it says of a list of patterns. */
export function start(program, args, env, wanted) {
  const patterns = [wanted].flat();
  const said = patterns.map(() => undefined);
  const server = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`${program} ended`)));
    createInterface({ input: server.stdout }).on('line', (line) => {
      patterns.forEach((pattern, at) => { said[at] ??= pattern.exec(line)?.[1]; });
      if (said.every((text) => text !== undefined)) resolve(Array.isArray(wanted) ? said : said[0]);
    });
  });
}

/** Starts a program that does not say where it is. */
export function spawnQuietly(program, args) {
  servers.push(spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
}

/** Stops all of them. */
export function stopAll() {
  for (const server of servers) server.kill();
}
