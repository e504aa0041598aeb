import { createSealer } from './audit/seal.ts';
import type { Listener } from './events/listener.ts';
import { createEventWorker } from './events/deliver.ts';
import { createBell } from './jobs/agenda.ts';
import { createJobWorker } from './jobs/queue.ts';
import { createMailWorker } from './mail/deliver.ts';
import type { DkimKey } from './mail/dkim.ts';
import { createTransport, type Transport } from './mail/transport.ts';
import type { Platform } from './platform.ts';

/** Where mails go: a relay's URL, or something that takes them. */
export type MailTarget = { smtpUrl: string; dkim?: readonly DkimKey[] } | { transport: Transport };

/** What handles events, runs jobs and sends mails in one process. */
export interface Workers {
  start(): Promise<void>;
  /** Does what is due now, until nothing is. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkersOptions {
  platform: Platform;
  listener: Listener;
  mail: MailTarget;
}

export function createWorkers({ platform, listener, mail }: WorkersOptions): Workers {
  const transport = 'transport' in mail ? mail.transport : createTransport(mail.smtpUrl, { dkim: mail.dkim });
  const mails = createMailWorker({ platform, transport });
  const workers = [createEventWorker(platform), createJobWorker(platform), mails, createSealer(platform)];
  const bell = createBell({ platform, listener, sweeps: workers });
  return {
    start: bell.start,
    async settle() {
      let done: number;
      do {
        done = 0;
        for (const worker of workers) done += await worker.runDue(platform.clock.now());
        await mails.idle();
      } while (done > 0);
    },
    async stop() {
      await bell.stop();
      await mails.stop();
      await transport.close();
    },
  };
}
