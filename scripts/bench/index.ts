import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import { benchGraphql } from './graphql.ts';

const usage = 'npm run bench -- graphql [--rounds 3] [--seconds 3] [--connections 32] [--json FILE]';

await runCommand(async command => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      json: { type: 'string' },
    },
  });
  if (positionals.join() !== 'graphql') throw new Error(`Usage: ${usage}`);
  await benchGraphql(
    {
      rounds: whole(values.rounds),
      seconds: whole(values.seconds),
      connections: whole(values.connections),
      json: values.json,
    },
    command,
  );
});

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 1_000) return number;
  throw new Error(`'${text}' is not a whole number from 1 to 1000. ${usage}`);
}
