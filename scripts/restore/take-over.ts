import type { Plugin } from 'clinic-rapport';
import { createApp } from '../../api/app.ts';
import { migrate } from '../../api/database/migrate.ts';
import { settleRestored, type Restored } from '../../api/database/restore.ts';
import { SendError, type Transport } from '../../api/mail/transport.ts';

/** What is sent while old events and jobs are made up for may have been sent before: it is not sent, and can be seen and retried. */
const sendsNothing: Transport = {
  send: () => Promise.reject(new SendError('never', 'RESTORED')),
  close: async () => {},
};

export interface TakingOver {
  /** Mails are read for what is protected, also where they are not sent. */
  keys?: readonly Uint8Array[];
  onProgress?(step: string): void;
}

/** Migrates a restored database, and brings it to the state in which `serve` and `work` go on as if nothing had been lost. */
export async function takeOver(
  url: string,
  plugins: readonly Plugin[],
  { keys, onProgress = () => {} }: TakingOver = {},
): Promise<Restored> {
  await migrate({ url, plugins, onProgress: name => onProgress(`Migrated ${name}`) });
  const restored = await settleRestored(url);
  const app = await createApp({
    plugins,
    database: { url },
    part: 'worker',
    mail: { transport: sendsNothing },
    publicUrl: 'http://localhost',
    keys,
    secret: 'of a process that signs no link that anyone gets to see',
    logLevel: 'error',
  });
  try {
    await app.settle();
  } finally {
    await app.stop();
  }
  return restored;
}
