import path from 'node:path';
import { startEmbedded } from '../../api/database/embedded.ts';
import { rapportHome } from '../../api/database/home.ts';
import type { Command } from '../command.ts';
import { progress } from '../progress.ts';

let running: Promise<string> | undefined;

/** The server of all benchmarks of a run, started when the first one needs it; answers its URL. */
export function benchCluster({ onEnd }: Pick<Command, 'onEnd'>): Promise<string> {
  running ??= startEmbedded({
    home: path.join(rapportHome(), 'bench'),
    fast: true,
    settings: { shared_buffers: '512MB', max_connections: '100', jit: 'off', random_page_cost: '1.1' },
    onProgress: progress,
  }).then(server => {
    onEnd(server.stop);
    return server.url;
  });
  return running;
}
