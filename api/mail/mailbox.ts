import { SMTPServer } from 'smtp-server';

/** A mail as it came over SMTP. */
export interface CaughtMail {
  readonly number: number;
  readonly to: readonly string[];
  readonly from: string;
  readonly at: Date;
  readonly raw: Buffer;
}

/** An SMTP server for development that keeps what it is given, so that no mail leaves the machine. */
export interface Mailbox {
  readonly smtpUrl: string;
  /** The newest first. */
  readonly mails: readonly CaughtMail[];
  stop(): Promise<void>;
}

/** Mails that are kept; the oldest goes first. */
const capacity = 1_000;

export function createMailbox(): Promise<Mailbox> {
  const mails: CaughtMail[] = [];
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    size: 10 * 1024 * 1024,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        mails.unshift({
          number: ++count,
          to: envelope.rcptTo.map(({ address }) => address),
          from,
          at: new Date(),
          raw: Buffer.concat(chunks),
        });
        mails.length = Math.min(mails.length, capacity);
        done();
      });
    },
  });
  // A client that is killed in the middle of its mail must not end the process.
  server.on('error', () => {});
  const { promise, resolve, reject } = Promise.withResolvers<Mailbox>();
  server.server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.server.address() as { port: number };
    resolve({
      smtpUrl: `smtp://127.0.0.1:${port}`,
      mails,
      stop: () => new Promise(done => server.close(() => done())),
    });
  });
  return promise;
}
