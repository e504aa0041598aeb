import type { Client } from './load.ts';
import { holds, none, ownPlugin, type Finding, type Scenario } from './scenario.ts';
import { script } from './processes.ts';
import { environment, type Stage } from './stage.ts';

const fields = {
  answersNull: 'null where a value is promised',
  answersOther: 'an object for a number',
  answersMany: 'a list of three million',
  answersForEver: 'a list without an end',
  'answersItself { text mirror { mirror { text } } }': 'a thing that contains itself',
  answersNothing: 'a rejection with no error',
};

/** A plugin answers what it did not promise, or should never have been started. */
export const badAnswers: Scenario = {
  id: 'F14',
  fault:
    'a plugin answers null, a wrong type, endless and circular things; others have a bad schema, a name twice, a bad migration',
  plugins: [ownPlugin('answers')],
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f14' });
    const { client } = await stage.serve();
    const findings: Finding[] = [];
    for (const [field, what] of Object.entries(fields))
      findings.push(await answered(client, clinic.tokens.owner, field, what));
    for (const name of ['clash', 'unsound', 'half-migrated']) findings.push(await refused(stage, name));
    const left = await stage.cluster.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_name like 'half_migrated%'
       union all select name from rapport_migration where name like 'half-migrated%'`,
    );
    return [
      ...findings,
      none(
        'left of the migration that failed',
        left.map(({ name }) => name),
      ),
    ];
  },
};

/** The rest of the answer stands, and the error names the plugin, at its field. */
async function answered(client: Client, token: string, field: string, what: string): Promise<Finding> {
  const { text, took } = await client.ask({ query: `{ clinic { name } ${field} }`, token, patience: 15_000 });
  const { data, errors = [] } = JSON.parse(text || '{}') as {
    data?: { clinic?: object };
    errors?: { path?: string[]; extensions: { code: string; plugin?: string } }[];
  };
  const name = field.split(' ')[0]!;
  // Where graphql-js itself finds it, in a field without a resolver, nobody knows any more whose it was: it is masked.
  const isTold = ({ code, plugin }: { code: string; plugin?: string }): boolean =>
    plugin === 'answers' || code === 'INTERNAL_SERVER_ERROR';
  const isTyped = errors.length > 0 && errors.every(({ path, extensions }) => path?.[0] === name && isTold(extensions));
  const isWell = data?.clinic !== undefined && data.clinic !== null && isTyped && took < 5_000;
  return holds(
    `${what}: an error at the field alone`,
    isWell,
    isWell ? 'yes' : text.slice(0, 200) || `no answer in ${Math.round(took)} ms`,
  );
}

/** It does not start, and says whose fault it is. */
async function refused({ processes, cluster, sink, home }: Stage, name: string): Promise<Finding> {
  const command = script(name === 'half-migrated' ? '../migrate.ts' : '../serve.ts');
  const plugins = [ownPlugin(name)];
  const env = environment({ url: cluster.url, smtpUrl: sink.smtpUrl, home, plugins });
  const process = processes.start({ name, command, env: { ...env, PORT: '0' } });
  const code = await process.exited;
  const words = process.log.join('\n');
  const isWell = code !== 0 && words.includes(name);
  return holds(`'${name}' is refused by its name`, isWell, isWell ? 'yes' : `${code}: ${words.slice(0, 200)}`);
}
