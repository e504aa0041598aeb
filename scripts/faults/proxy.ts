import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between two programs, with the faults that one has. */
export interface Proxy {
  readonly port: number;
  /** Milliseconds by which every packet is late, each way. */
  latency: number;
  /** The part of packets in place of which the connection is reset. */
  resets: number;
  /** From now on nothing comes through, and nobody is told. */
  swallow(): void;
  /** What was held back goes on, as TCP sends again what was not confirmed. */
  heal(): void;
  /** Connections that are open now. */
  readonly open: number;
  stop(): Promise<void>;
}

type Pair = readonly [client: Socket, upstream: Socket];

export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let swallows = false;
  const cut = (pair: Pair): void => {
    pairs.delete(pair);
    pair.forEach(socket => socket.destroy());
  };
  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const pair: Pair = [client, upstream];
    pairs.add(pair);
    pass(client, upstream, proxy);
    pass(upstream, client, proxy);
    // Who hangs up while the network swallows everything is not heard by the other.
    for (const socket of pair) socket.on('error', () => {}).on('close', () => !swallows && cut(pair));
    if (swallows) pair.forEach(socket => socket.pause());
  });
  const proxy: Proxy = {
    port: 0,
    latency: 0,
    resets: 0,
    swallow() {
      swallows = true;
      for (const pair of pairs) pair.forEach(socket => socket.pause());
    },
    heal() {
      swallows = false;
      for (const pair of pairs) {
        if (pair.some(({ destroyed }) => destroyed)) cut(pair);
        else pair.forEach(socket => socket.resume());
      }
    },
    get open() {
      return pairs.size;
    },
    async stop() {
      const closed = new Promise(resolve => server.close(resolve));
      pairs.forEach(cut);
      await closed;
    },
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.defineProperty(proxy, 'port', { value: port });
}

function pass(from: Socket, to: Socket, proxy: Proxy): void {
  from.on('data', chunk => {
    if (Math.random() < proxy.resets) {
      from.resetAndDestroy();
      to.resetAndDestroy();
    } else if (proxy.latency > 0) setTimeout(() => to.writable && to.write(chunk), proxy.latency);
    else if (to.writable) to.write(chunk);
  });
  from.on('end', () => setTimeout(() => to.end(), proxy.latency));
}
