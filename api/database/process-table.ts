import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** A process of this machine as far as it can be seen. */
export interface ProcessEntry {
  /** Dead, and not yet collected by its parent: its id is still taken. */
  readonly zombie: boolean;
  /** Differs between two processes that had the same id one after the other. */
  readonly startedAt: string;
  readonly command: string;
  /** Undefined where the system does not tell. */
  readonly directory?: string;
}

/** The process of this id, or undefined. */
export function processOf(pid: number): ProcessEntry | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): ProcessEntry {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the last bracket may hold blanks and brackets; state is the 3rd field, start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    startedAt: fields[19]!,
    command: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
    directory: readLink(`/proc/${pid}/cwd`),
  };
}

function fromPs(pid: number): ProcessEntry {
  const line = execFileSync('ps', ['-o', 'stat=,lstart=,command=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5_000,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  const [, stat = '', startedAt = '', command = ''] = /^\s*(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/m.exec(line) ?? [];
  return { zombie: stat.startsWith('Z'), startedAt, command };
}

function readLink(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}
