import { spawn } from 'node:child_process';
import path from 'node:path';
import { serverEnvironment, type ServerUser } from './binaries.ts';

/**
 * Runs one of PostgreSQL's programs to its end, as the server's user. Fails with what it printed.
 *
 * `detached` for what leaves a server behind: the server would otherwise inherit the output and hold it open.
 */
export async function runProgram(
  file: string,
  args: string[],
  user: ServerUser | undefined,
  detached = false,
): Promise<void> {
  const child = spawn(file, args, {
    ...user,
    cwd: '/',
    env: serverEnvironment,
    stdio: detached ? 'ignore' : ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', data => (output += data));
  child.stderr?.on('data', data => (output += data));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${path.basename(file)} ended with ${String(code)}. ${output.trim()}`);
}
