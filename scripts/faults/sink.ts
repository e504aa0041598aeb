import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * How a mail server behaves: it takes a mail; answers 451 or 550 to the recipient; answers `pause` milliseconds late; takes
 * the mail and breaks off without an answer; resets the connection within the message; greets with what is no greeting.
 */
export type Mode = 'take' | 'later' | 'refuse' | 'slow' | 'drop' | 'reset' | 'greeting';

/** A mail server that counts what it was given, by Message-ID. */
export interface Sink {
  readonly smtpUrl: string;
  mode: Mode;
  /** How it behaves to one recipient, if not as `mode` says. */
  modeOf: (recipient: string) => Mode | undefined;
  /** Milliseconds of `slow`. */
  pause: number;
  /** How often each message came, all copies of it counted. */
  readonly received: ReadonlyMap<string, number>;
  /** When each came, on the clock of `performance.now()`, in order. */
  readonly arrivals: readonly Arrival[];
  /** Recipients that were named, also of mails that were not taken. */
  readonly attempts: ReadonlyMap<string, number>;
  /** From now on nobody listens, and who is connected is cut off. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export interface Arrival {
  readonly messageId: string;
  readonly recipient: string;
  /** Of the envelope: where reports go. */
  readonly sender: string;
  /** Its header fields, as they came. */
  readonly head: string;
  readonly at: number;
}

const end = Buffer.from('\r\n.\r\n');

export async function startSink(): Promise<Sink> {
  const sockets = new Set<Socket>();
  const received = new Map<string, number>();
  const attempts = new Map<string, number>();
  const arrivals: Arrival[] = [];
  let server: Server;
  let port = 0;

  const take = (message: string, recipient: string, sender: string): void => {
    const messageId = /^message-id:\s*(<[^>]+>)/im.exec(message)?.[1] ?? 'none';
    received.set(messageId, (received.get(messageId) ?? 0) + 1);
    arrivals.push({ messageId, recipient, sender, head: message.split('\r\n\r\n', 1)[0]!, at: performance.now() });
  };
  const sink: Sink = {
    get smtpUrl() {
      return `smtp://127.0.0.1:${port}`;
    },
    mode: 'take',
    modeOf: () => undefined,
    pause: 30_000,
    received,
    arrivals,
    attempts,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      sockets.forEach(socket => socket.destroy());
      await closed;
    },
    async open() {
      server = createServer({ noDelay: true }, socket => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket)).on('error', () => {});
        talk(socket, sink, take, recipient => attempts.set(recipient, (attempts.get(recipient) ?? 0) + 1));
      });
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    },
  };
  await sink.open();
  return sink;
}

const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';

/** As much of SMTP as a client needs that sends plain mails one after the other. */
function talk(
  socket: Socket,
  sink: Sink,
  take: (message: string, recipient: string, sender: string) => void,
  attempted: (recipient: string) => void,
): void {
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let isData = false;
  let recipient = '';
  let sender = '';
  const say = (text: string): unknown => socket.writable && socket.write(`${text}\r\n`);
  const modeNow = (): Mode => sink.modeOf(recipient) ?? sink.mode;

  const answers: Record<string, (line: string) => unknown> = {
    EHLO: () => say('250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8'),
    HELO: () => say('250 sink'),
    MAIL: line => {
      sender = addressIn(line);
      return say('250 2.1.0 ok');
    },
    RCPT: line => {
      recipient = addressIn(line);
      attempted(recipient);
      if (modeNow() === 'later') return say('451 4.3.0 try again later');
      if (modeNow() === 'refuse') return say('550 5.1.1 no such user');
      return say('250 2.1.5 ok');
    },
    DATA: () => {
      isData = true;
      return say('354 go on');
    },
    QUIT: () => socket.end('221 bye\r\n'),
  };
  const onMessage = (message: string): void => {
    isData = false;
    const mode = modeNow();
    take(message, recipient, sender);
    if (mode === 'drop') socket.destroy();
    else if (mode === 'slow') setTimeout(() => say('250 2.0.0 taken'), sink.pause);
    else say('250 2.0.0 taken');
  };
  const step = (): boolean => {
    if (isData && modeNow() === 'reset' && rest.length > 0) {
      socket.resetAndDestroy();
      return false;
    }
    const mark = isData ? end : '\r\n';
    const at = rest.indexOf(mark);
    if (at < 0) return false;
    const part = rest.subarray(0, at).toString('latin1');
    rest = rest.subarray(at + mark.length);
    if (isData) onMessage(part);
    else (answers[part.slice(0, 4).toUpperCase()] ?? (() => say('250 2.0.0 ok')))(part);
    return true;
  };
  socket.on('data', chunk => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (step());
  });
  say(sink.mode === 'greeting' ? 'HTTP/1.1 400 Bad Request' : '220 sink ESMTP');
}
