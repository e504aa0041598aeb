import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { SocketBearer } from './socket-bearer.ts';
import { SocketMember, type Line } from './socket-member.ts';
import type { Delivery } from './subscription-group.ts';

const delivery = { tail: Buffer.from('{}}') } as Delivery;

function connect() {
  const written: unknown[] = [];
  const closed: number[] = [];
  const socket = Object.assign(new EventEmitter(), {
    ...{ OPEN: 1, readyState: 1, bufferedAmount: 0 },
    close: (code: number) => void closed.push(code),
  });
  const line = {
    socket: socket as unknown as WebSocket,
    request: { socket: { write: (b: unknown) => written.push(b) } },
  };
  const bearer = new SocketBearer();
  return { socket, written, closed, bearer, member: new SocketMember(line as unknown as Line, 'a', bearer) };
}

/** What is known of it after all that can run has run. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'waits';
  void promise.then(value => (state = value));
  await new Promise(resolve => setImmediate(resolve));
  return state;
}

test('who catches up on thousands while the rights are read anew is not sent away: the replay waits for the rights', async () => {
  const { member, bearer, written, closed } = connect();
  bearer.doubt();
  member.take([delivery]);
  const ready = member.ready();
  expect(await stateOf(ready)).toBe('waits');
  bearer.confirm();
  expect(await stateOf(ready)).toBe(true);
  expect([written.length, closed]).toEqual([1, []]);
});

test('a replay ends with its socket, where the rights are gone', async () => {
  const { member, bearer, socket } = connect();
  bearer.doubt();
  const ready = member.ready();
  socket.readyState = 3;
  socket.emit('close');
  expect(await stateOf(ready)).toBe(false);
});

test('as many live events wait for the rights as for a whole group, and not one more', () => {
  const { member, bearer, closed } = connect();
  bearer.doubt();
  member.take(Array<Delivery>(10_000).fill(delivery));
  expect(closed).toEqual([]);
  member.take([delivery]);
  expect(closed).toEqual([1013]);
});
