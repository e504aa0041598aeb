import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** Many sockets that only count what they are told: a client library for each would be what is measured. */
export interface Subscribers extends Disposable {
  /** Resolves when so many frames have come in all, from now on. */
  received(count: number): Promise<void>;
  /** The last frame, as text. */
  readonly last: string;
}

/** Sockets that connect at once. */
const atOnce = 100;

export async function subscribe(port: number, count: number, messages: readonly string[]): Promise<Subscribers> {
  const sockets: Socket[] = [];
  let left = 0;
  let last = '';
  let done = (): void => {};
  const onFrame = (frame: Buffer): void => {
    if (left === 1) last = frame.toString();
    if (--left === 0) done();
  };
  for (let at = 0; at < count; at += atOnce)
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(atOnce, count - at) }, () => open(port, messages, onFrame)))),
    );
  // The last of them have asked, and are not followed yet.
  await new Promise(resolve => setTimeout(resolve, 1_500));
  return {
    received: frames =>
      new Promise((resolve, reject) => {
        left = frames;
        const late = setTimeout(
          () => reject(new Error(`${left} of ${frames} frames did not come within a minute.`)),
          60_000,
        );
        done = () => (clearTimeout(late), resolve());
      }),
    get last() {
      return last;
    },
    [Symbol.dispose]: () => sockets.forEach(socket => socket.destroy()),
  };
}

/** Upgrades, sends the first message, waits for the answer to it, and sends the others. */
function open(port: number, [first, ...others]: readonly string[], onFrame: (frame: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    let isUpgraded = false;
    let isReady = false;
    socket.once('error', reject);
    socket.once('connect', () => socket.write(upgrade(port)));
    socket.on('data', (data: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, data]) : data;
      if (!isUpgraded) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        isUpgraded = true;
        rest = rest.subarray(end + 4);
        socket.write(masked(first!));
      }
      for (let frame = frameOf(rest); frame; frame = frameOf(rest)) {
        rest = rest.subarray(frame.end);
        // A ping of the server's.
        if (frame.kind === 9) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
        else if (isReady) onFrame(frame.content);
        else {
          isReady = true;
          for (const message of others) socket.write(masked(message));
          resolve(socket);
        }
      }
    });
  });
}

const upgrade = (port: number): string =>
  [
    'GET /graphql HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '',
    '',
  ].join('\r\n');

/** A frame of a server, which is not masked (RFC 6455, 5.2); undefined while it is not whole. */
function frameOf(data: Buffer): { kind: number; end: number; content: Buffer } | undefined {
  if (data.length < 2) return undefined;
  const short = data[1]! & 127;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < head) return undefined;
  const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  const end = head + length;
  return data.length < end ? undefined : { kind: data[0]! & 15, end, content: data.subarray(head, end) };
}

/** With a mask of zeros, which changes nothing. */
function masked(text: string): Buffer {
  const content = Buffer.from(text);
  const { length } = content;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0x80 | 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), content]);
}
