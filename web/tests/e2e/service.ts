import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Service {
  url: string;
  stop: () => void;
}

/** Starts the real server on a free port and waits until it listens. */
export function startService(): Promise<Service> {
  const fallback = fileURLToPath(new URL('../../../target/release/jsrun', import.meta.url));
  const binary = process.env.JSRUN_BINARY ?? fallback;
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.on('error', (error) =>
      reject(new Error(`cannot start ${binary} (JSRUN_BINARY names another)`, { cause: error })),
    );
    child.on('exit', (code, signal) =>
      reject(new Error(`${binary} ended (${signal ?? code}) before it listened`)),
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /listening on (http:\/\/\S+)\r?\n/.exec(output)?.[1];
      if (url) resolve({ url, stop: () => void child.kill() });
    });
  });
}
