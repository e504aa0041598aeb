import { stopAfterRun } from './cluster-setup.ts';

/** After a run of jest; the server goes on for other runs that use it. */
export default async function tearDown(): Promise<void> {
  await stopAfterRun.server?.stop();
}
