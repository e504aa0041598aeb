import { clusterVariable, startTestCluster } from './cluster.ts';

/** Before a run of jest: one database server for all of its workers. */
export default async function setUp(): Promise<void> {
  const server = await startTestCluster();
  process.env[clusterVariable] = server.url;
  stopAfterRun.server = server;
}

/** Set-up and tear-down run in one process, and jest gives them nothing else to share. */
export const stopAfterRun: { server?: Awaited<ReturnType<typeof startTestCluster>> } = {};
