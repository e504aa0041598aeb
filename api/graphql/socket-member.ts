import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { framesOf } from './frames.ts';
import type { SocketBearer } from './socket-bearer.ts';
import type { Delivery, Member } from './subscription-group.ts';

/** Bytes that may wait for a slow client before it is told to come again. */
const longestWait = 1024 * 1024;

/** The client is to come again with its last cursor. */
export const tryAgainLater = 1013;

/** As of graphql-ws: a socket of `ws`, and the request that became it, whose stream it is. */
export interface Line {
  readonly socket: WebSocket;
  readonly request: { readonly socket: Pick<Duplex, 'write'> };
}

/** Writes the shared payload of each event to a socket, behind the id that its client gave the subscription. */
export class SocketMember implements Member {
  readonly #line: Line;
  readonly #head: Buffer;
  readonly #bearer: SocketBearer;
  #unsent = 0;
  #wake = (): void => {};

  constructor(line: Line, id: string, bearer: SocketBearer) {
    this.#line = line;
    this.#bearer = bearer;
    this.#head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  take(deliveries: readonly Delivery[]): void {
    const { socket, request } = this.#line;
    if (socket.readyState !== socket.OPEN) return;
    if (!this.#bearer.isCertain) {
      for (const delivery of deliveries) if (!this.#bearer.hold(() => this.take([delivery]))) return this.fail();
      return;
    }
    const waiting = socket.bufferedAmount;
    if (waiting > longestWait) return this.fail();
    const tails = deliveries.map(({ tail }) => tail);
    const frames = framesOf(this.#head, tails);
    if (deliveries.length > 1 && waiting + frames.length > longestWait)
      return deliveries.forEach(delivery => this.take([delivery]));
    // Past `ws`, which never holds a frame back where nothing is compressed.
    if (waiting < longestWait / 2) return void request.socket.write(frames);
    this.#unsent++;
    request.socket.write(frames, this.#sent);
  }

  fail(): void {
    this.#line.socket.close(tryAgainLater, 'Come again with your last cursor');
  }

  async ready(): Promise<boolean> {
    const { socket } = this.#line;
    if (!this.#bearer.isCertain) await this.#certainty();
    if (this.#unsent > 0) await new Promise<void>(resolve => (this.#wake = resolve));
    return socket.readyState === socket.OPEN;
  }

  /** Or until the socket has closed, as it does where the rights have gone. */
  #certainty(): Promise<void> {
    return new Promise(resolve => {
      this.#line.socket.once('close', () => resolve());
      if (!this.#bearer.hold(resolve)) resolve();
    });
  }

  /** Also called for what will never be sent, where the socket has closed. A word of each that is sent at once would be for nothing. */
  readonly #sent = (): void => {
    if (--this.#unsent === 0) this.#wake();
  };
}
