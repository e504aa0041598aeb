import { execFile } from 'node:child_process';
import path from 'node:path';

interface Ended {
  code: number;
  lines: string[];
}

const root = path.resolve(import.meta.dirname, '../..');
const run = (...args: string[]): Promise<Ended> =>
  new Promise(resolve => {
    const file = path.join(root, 'test/fixtures/careless/careless.ts');
    execFile(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', file, ...args],
      { cwd: root },
      (error, stdout) => resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n') }),
    );
  });
/** In the order of their words: that of writing is not that of happening. */
const logged = ({ lines }: Ended): { level: number; plugin?: string; fault: { message: string } }[] =>
  lines
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
    .sort((a, b) => (a.fault.message < b.fault.message ? -1 : 1));

test('what a plugin leaves behind and fails is told with its name, and ends nothing', async () => {
  const ended = await run();
  expect(logged(ended)).toMatchObject([
    { level: 50, plugin: 'careless', fault: { message: 'floating' } },
    { level: 50, plugin: 'careless', fault: { message: 'in a timer' } },
  ]);
  expect([ended.code, ended.lines.at(-1)]).toEqual([0, 'to the end']);
}, 30_000);

test('what nobody is known to have thrown ends the process', async () => {
  const ended = await run('--unknown');
  expect(ended.lines).toContain('still here');
  expect(ended.lines).not.toContain('to the end');
  expect(logged(ended).map(({ level }) => level)).toContain(60);
  expect(ended.code).toBe(1);
}, 30_000);
