import type { WebSocket } from 'ws';
import type { SocketBearer } from './socket-bearer.ts';
import type { Delivery, Member } from './subscription-group.ts';

/** Bytes that may wait for a slow client before it is told to come again. */
const longestWait = 1024 * 1024;

/** The client is to come again with its last cursor. */
export const tryAgainLater = 1013;

const close = Buffer.from('}');

/** Writes the shared payload of each event to a socket, behind the id that its client gave the subscription. */
export class SocketMember implements Member {
  readonly #socket: WebSocket;
  readonly #head: Buffer;
  readonly #bearer: SocketBearer;
  #unsent = 0;
  #wake = (): void => {};

  constructor(socket: WebSocket, id: string, bearer: SocketBearer) {
    this.#socket = socket;
    this.#bearer = bearer;
    this.#head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  take(delivery: Delivery): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (!this.#bearer.isCertain) {
      if (!this.#bearer.hold(() => this.take(delivery))) this.fail();
      return;
    }
    if (socket.bufferedAmount > longestWait) return this.fail();
    this.#unsent++;
    socket.send(Buffer.concat([this.#head, delivery.payload, close]), { binary: false }, this.#sent);
  }

  fail(): void {
    this.#socket.close(tryAgainLater, 'Come again with your last cursor');
  }

  async ready(): Promise<boolean> {
    const socket = this.#socket;
    if (socket.bufferedAmount > longestWait / 2 && this.#unsent > 0)
      await new Promise<void>(resolve => (this.#wake = resolve));
    return socket.readyState === socket.OPEN;
  }

  /** Also called for what will never be sent, where the socket has closed. */
  readonly #sent = (): void => {
    if (--this.#unsent === 0) this.#wake();
  };
}
