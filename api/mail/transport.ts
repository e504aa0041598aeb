import nodemailer from 'nodemailer';

export interface Envelope {
  from: string;
  to: string;
  /** A whole RFC 822 message. */
  raw: string;
}

/** Takes finished messages to where they go. */
export interface Transport {
  /** Throws a `SendError`. */
  send(envelope: Envelope): Promise<void>;
  close(): Promise<void>;
}

/** What a failed attempt says about the mail: to be tried again, never, or nobody knows whether it arrived. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly verdict: 'again' | 'never' | 'unknown';

  constructor(verdict: 'again' | 'never' | 'unknown', reason: string) {
    super(reason);
    this.verdict = verdict;
  }
}

/** SMTP connections at once. */
export const connections = 5;

/** Nodemailer's own limits are 120 s, 30 s and ten minutes. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, dnsTimeout: 10_000, socketTimeout: 30_000 } as const;

export function createTransport(smtpUrl: string): Transport {
  const pool = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  } as never);
  return {
    async send({ from, to, raw }) {
      try {
        await pool.sendMail({ envelope: { from, to }, raw });
      } catch (error) {
        throw new SendError(...verdictOf(error as SmtpFault));
      }
    },
    close: async () => pool.close(),
  };
}

interface SmtpFault {
  responseCode?: number;
  code?: string;
  command?: string;
}

/** By the reply of the server, or by how far the talk had come: after DATA, only a reply tells whether it was taken. */
function verdictOf({ responseCode, code = 'UNKNOWN', command = '' }: SmtpFault): [SendError['verdict'], string] {
  if (responseCode && responseCode >= 500) return ['never', `SMTP_${responseCode}`];
  if (responseCode && responseCode >= 400) return ['again', `SMTP_${responseCode}`];
  return [command === 'DATA' ? 'unknown' : 'again', code];
}
