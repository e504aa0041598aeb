import { writeFile } from 'node:fs/promises';
import { printSdl } from './sdl.ts';
import { runCommand } from './command.ts';
import { installedPlugins } from './installed.ts';

const file = new URL('../schema/schema.graphql', import.meta.url);

await runCommand(async () => {
  await writeFile(file, printSdl(await installedPlugins()));
});
