/** The commands of the installed package: each is a module that runs when it is imported, as `npm run` runs it here. */
const commands: Readonly<Record<string, { does: string; run(): Promise<unknown> }>> = {
  start: {
    does: 'A demo clinic with a PostgreSQL of its own: API, worker and mailbox.',
    run: () => import('./start.ts'),
  },
  init: {
    does: 'Sets up an installation: tables, login of the runtime, first clinic, owner.',
    run: () => import('./init.ts'),
  },
  migrate: { does: 'Brings the tables up to date.', run: () => import('./migrate.ts') },
  serve: { does: 'Answers requests; any number of them on one database.', run: () => import('./serve.ts') },
  work: { does: 'Handles events, runs jobs, sends mails; any number of them.', run: () => import('./work.ts') },
  restored: { does: 'After a restore of the database, before serve and work.', run: () => import('./restored.ts') },
  'audit:verify': { does: 'Recomputes the audit of every clinic.', run: () => import('./audit-verify.ts') },
  'consent:verify': { does: 'Recomputes what every mail rested on.', run: () => import('./consent-verify.ts') },
  'keys:rewrap': { does: 'After a change of RAPPORT_KEYS.', run: () => import('./keys-rewrap.ts') },
  import: { does: 'Imports a CSV file into a clinic.', run: () => import('./import.ts') },
};

const [name = '--help'] = process.argv.splice(2, 1);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;

if (command) await command.run();
else {
  const isHelp = ['--help', '-h', 'help'].includes(name);
  const list = Object.entries(commands).map(([known, { does }]) => `  ${known.padEnd(14)}${does}`);
  const lines = ['Usage: clinic-rapport COMMAND', ...list, 'Variables of the environment are in the README.'];
  if (isHelp) console.log(lines.join('\n'));
  else {
    console.error(`There is no command '${name}'.\n${lines.join('\n')}`);
    process.exitCode = 1;
  }
}

export {};
