// The programs that a measurement starts: each on a port of its own choice, all stopped at the end.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const servers = [];

/** Starts a program; answers what it says where it can be reached. */
export function start(program, args, env, wanted) {
  const server = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`${program} ended`)));
    createInterface({ input: server.stdout }).on('line', (line) => {
      const found = wanted.exec(line);
      if (found) resolve(found[1]);
    });
  });
}

/** Stops all of them. */
export function stopAll() {
  for (const server of servers) server.kill();
}
