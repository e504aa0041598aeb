import { asMaintainer, databaseUrl } from '../../api/database/maintenance.ts';
import { exactly, type Scenario } from './scenario.ts';
import { script } from './processes.ts';
import { until } from './stage.ts';

const boots = 4;

/** Everything is started at once, as an orchestrator does, and nothing is there yet. */
export const fourBoots: Scenario = {
  id: 'F23',
  fault: 'four processes at once migrate, serve and work over an empty database',
  async run(stage) {
    const { cluster, processes, home } = stage;
    await asMaintainer(cluster.url, client => client.query('create database empty'));
    const env = {
      DATABASE_URL: databaseUrl(cluster.url, 'empty'),
      RAPPORT_HOME: home,

      RAPPORT_PLUGINS: 'clinic-rapport/plugins/recall',
    };
    const migrations = Array.from({ length: boots }, (_, number) =>
      processes.start({ name: `migrate ${number}`, command: script('../migrate.ts'), env }),
    );
    const codes = await Promise.all(migrations.map(({ exited }) => exited));
    await asMaintainer(cluster.url, client => client.query('drop database empty with (force)'));
    await asMaintainer(cluster.url, client => client.query('create database empty'));
    const starts = Array.from({ length: boots }, (_, number) =>
      processes.start({ name: `start ${number}`, command: script('../start.ts'), env }),
    );
    const isReady = (log: readonly string[]): boolean => log.some(line => line.includes('Ready.'));
    await until(() => starts.every(({ log, isAlive }) => isReady(log) || !isAlive), 120_000, 'all are ready');
    const failed = starts.filter(({ log }) => !isReady(log));
    for (const { name, log } of failed) stage.tell(`${name}: ${log.slice(-3).join(' ')}`);
    const ends = await Promise.all(starts.filter(({ isAlive }) => isAlive).map(each => each.end('SIGTERM')));
    return [
      exactly('migrations that failed', codes.filter(code => code !== 0).length, 0),
      exactly('boots that failed', failed.length, 0),
      exactly('ends that failed', ends.filter(({ code }) => code !== 130 && code !== 0).length, 0),
    ];
  },
};
