import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import { installedPlugins } from '../installed.ts';
import { progress } from '../progress.ts';
import { isPinned, pinLoad } from './child.ts';
import { benchCluster } from './cluster.ts';
import { datasetOf } from './dataset.ts';
import { benchFanout } from './fanout/fanout.ts';
import { benchGraphql } from './graphql.ts';
import { benchGrowth } from './growth.ts';
import { benchMail } from './mail/mail.ts';
import { benchPoints } from './points.ts';
import { reportTable, type Report } from './report.ts';
import { benchStart } from './start.ts';
import { benchTiers } from './tiers.ts';

const parts = ['graphql', 'mail', 'fanout', 'start', 'growth', 'points', 'tiers'] as const;
type Part = (typeof parts)[number];
const usage = `npm run bench -- [${parts.join('|')}] [--rounds 3] [--seconds 3] [--connections 32] [--mails 3000] [--subscribers 5000] [--json FILE]`;

const note = isPinned
  ? 'The servers had core 0, the load the others.'
  : 'Nothing was pinned to a core: CPU counts, req/s is noise.';

await runCommand(async command => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      mails: { type: 'string', default: '3000' },
      subscribers: { type: 'string', default: '5000' },
      json: { type: 'string' },
    },
  });
  const wanted = positionals.length > 0 ? positionals : parts;
  if (!wanted.every(part => parts.includes(part as Part))) throw new Error(`Usage: ${usage}`);
  const [rounds, seconds, connections] = [values.rounds, values.seconds, values.connections].map(whole) as [
    number,
    number,
    number,
  ];
  build();
  const plugins = await installedPlugins();
  const cluster = await benchCluster(command);
  // After PostgreSQL has started, which is to have the whole machine.
  pinLoad();
  const shared = { plugins, cluster, rounds, seconds, onProgress: progress };
  const dataset = (): Promise<string> => datasetOf(cluster, plugins, progress);
  const report: Report = {};
  for (const part of wanted as Part[]) {
    command.signal.throwIfAborted();
    if (part === 'graphql') {
      const options = { ...shared, databaseUrl: await dataset(), connections, signal: command.signal };
      Object.assign(report, await benchGraphql(options));
    } else if (part === 'mail') report.mail = await benchMail({ ...shared, mails: whole(values.mails) });
    else if (part === 'fanout') {
      report.fanout = await benchFanout({
        ...shared,
        databaseUrl: await dataset(),
        subscribers: whole(values.subscribers),
      });
    } else if (part === 'start') report.startSeconds = await benchStart(progress);
    else if (part === 'points') report.points = await benchPoints({ ...shared, connections });
    else if (part === 'tiers') report.tiers = await benchTiers(shared);
    else report.growth = await benchGrowth(shared);
  }
  console.log(`${reportTable(report)}\n\n${note}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
});

/** What is measured is what operators run: compiled. */
function build(): void {
  progress('Compiling');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('It does not compile.');
}

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 1_000_000) return number;
  throw new Error(`'${text}' is not a whole number from 1 to 1,000,000. ${usage}`);
}
