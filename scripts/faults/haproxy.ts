import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './cluster.ts';
import { until, type Stage } from './stage.ts';

const program = '/usr/sbin/haproxy';

export const hasHaproxy = (): boolean => existsSync(program);

/**
 * Debian's HAProxy before API processes, as an operator sets it up: it asks /readyz, and sends what a process refused, or
 * never took, to another one. Answers the origin.
 */
export async function startHaproxy({ processes, home }: Stage, ports: readonly number[]): Promise<string> {
  const port = await freePort();
  const file = path.join(home, 'haproxy.cfg');
  writeFileSync(file, configuration(port, ports));
  const { log } = processes.start({ name: 'haproxy', command: [program, '-db', '-f', file], env: {} });
  const origin = `http://127.0.0.1:${port}`;
  const isUp = (): Promise<boolean> =>
    fetch(`${origin}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isUp, 10_000, `HAProxy is up: ${log.slice(-3).join(' ')}`);
  return origin;
}

const configuration = (port: number, ports: readonly number[]): string => `
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout check 2s
  retries 3
  option redispatch
  retry-on conn-failure empty-response 503

frontend world
  bind 127.0.0.1:${port}
  default_backend api

backend api
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 300ms fall 2 rise 1
${ports.map((each, at) => `  server api${at} 127.0.0.1:${each}`).join('\n')}
`;
