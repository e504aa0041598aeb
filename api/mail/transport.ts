import type { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import { createSignatures, type DkimKey } from './dkim.ts';

export interface Envelope {
  from: string;
  to: string;
  /** Where mail servers report what becomes of it; to the sender if not given. */
  returnPath?: string;
  /** A whole RFC 822 message. */
  raw: string;
}

/** Takes finished messages to where they go. */
export interface Transport {
  /** Throws a `SendError`. */
  send(envelope: Envelope): Promise<void>;
  close(): Promise<void>;
}

/**
 * What a failed attempt says: the mail is to be tried `again`, or `never`; the mail server is `unreachable`, which says
 * nothing of the mail; or it is `unknown` whether the mail arrived.
 */
export type Verdict = 'again' | 'never' | 'unreachable' | 'unknown';

export class SendError extends Error {
  override readonly name = 'SendError';
  readonly verdict: Verdict;
  /** There is no such mailbox: nothing is to be sent there again. */
  readonly isHardBounce: boolean;

  /** `reason` is kept on the delivery and logged: no words of the server, as these often quote the address. */
  constructor(verdict: Verdict, reason: string, { isHardBounce = false } = {}) {
    super(reason);
    this.verdict = verdict;
    this.isHardBounce = isHardBounce;
  }
}

/** SMTP connections at once. */
export const connections = 10;

/** Milliseconds for each step of the talk; nodemailer's own are 120 s, 30 s and ten minutes. */
export interface TimeLimits {
  connectionTimeout: number;
  greetingTimeout: number;
  dnsTimeout: number;
  socketTimeout: number;
  /** For one mail as a whole: a server that says a word now and then never falls silent. */
  whole: number;
}

const defaultLimits: TimeLimits = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 30_000,
  whole: 60_000,
};

export interface TransportOptions {
  limits?: TimeLimits;
  /** Signs mails from the domains that have a key; others go out unsigned. */
  dkim?: readonly DkimKey[];
}

export function createTransport(smtpUrl: string, options: TransportOptions = {}): Transport {
  const { whole, ...timeouts } = options.limits ?? defaultLimits;
  const signatureFor = createSignatures(options.dkim);
  const pool = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  } as never);
  pool.use('stream', watchBody);
  return {
    async send({ from, to, returnPath = from, raw }) {
      const body: WatchedBody = {};
      // Not AbortSignal.timeout: its timer outlives the mail, and a minute's mails would be as many timers.
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), whole);
      try {
        await pool.sendMail({
          envelope: { from: returnPath, to },
          raw,
          body,
          signal: late.signal,
          dkim: signatureFor(from),
        } as never);
      } catch (error) {
        const fault = error as SmtpFault;
        throw new SendError(...verdictOf(fault, body), { isHardBounce: isHardBounce(fault) });
      } finally {
        clearTimeout(timer);
      }
    },
    close: async () => pool.close(),
  };
}

interface WatchedBody {
  stream?: Readable;
}

/** Keeps hold of the stream that goes out after DATA: of a broken connection nodemailer does not say how far it had come. */
function watchBody(mail: { data: object; message: { createReadStream(): Readable } }, done: () => void): void {
  const { message } = mail;
  const create = message.createReadStream.bind(message);
  message.createReadStream = () => ((mail.data as { body: WatchedBody }).body.stream = create());
  done();
}

interface SmtpFault {
  responseCode?: number;
  response?: string;
  code?: string;
  command?: string;
}

const enhancedCode = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/;

/** About this one mail, as against the server or our standing with it. */
const aboutTheMail: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);

/**
 * A reply decides. Without one it counts how far the talk had come: there is a stream once the server let us in, and it is
 * read once the server asked for the message. Before that it was certainly not taken; after that nobody knows.
 */
function verdictOf(
  { responseCode, response = '', code = 'UNKNOWN' }: SmtpFault,
  { stream }: WatchedBody,
): [Verdict, string] {
  if (responseCode && aboutTheMail.has(code)) {
    const [, enhanced] = enhancedCode.exec(response) ?? [];
    return [responseCode >= 500 ? 'never' : 'again', ['SMTP', responseCode, enhanced].filter(Boolean).join(' ')];
  }
  // Among the envelope's faults are those that are found before anything is said: they will not mend.
  if (code === 'EENVELOPE') return ['never', code];
  const verdict = stream ? (stream.readableDidRead ? 'unknown' : 'again') : 'unreachable';
  return [verdict, responseCode ? `${code} ${responseCode}` : code];
}

const noSuchMailbox = /^5\.1\.(?![78]$)|^5\.2\.1$/;
/** What servers that give no enhanced code say of the sender, and not of the recipient. */
const aboutTheSender = /relay|spam|block|polic|denied|authenti|reputation|blacklist/i;

/**
 * Whether the server refused the recipient for good, and because of the recipient: RFC 3463 has 5.1.x for addresses. A full
 * mailbox, or a server that does not like who sends, is no reason never to write to someone again.
 */
function isHardBounce({ responseCode = 0, response = '', command }: SmtpFault): boolean {
  return command === 'RCPT TO' && responseCode >= 500 && isNoSuchMailbox(responseCode, response);
}

/** What a server answered, also one that told it to another: its code, its words, and its enhanced code if it gave one. */
export function isNoSuchMailbox(code: number, response: string, enhanced = enhancedCodeIn(response)): boolean {
  if (enhanced) return noSuchMailbox.test(enhanced);
  return [550, 551, 553].includes(code) && !aboutTheSender.test(response);
}

/** Of RFC 3463, behind the code of three digits. */
export const enhancedCodeIn = (response: string): string | undefined => enhancedCode.exec(response)?.[1];
