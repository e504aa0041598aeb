import { createServer } from 'node:net';

/** A port that nobody else can take until it is released, just before it is listened on. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

const usual = 4000;

/**
 * PORT where it is given; else 4000, or any free port where that is taken. Held at once: of several starts that look at
 * the same moment, one gets it. Throws where PORT is taken or no port.
 */
export async function choosePort(): Promise<HeldPort> {
  const given = process.env['PORT'];
  if (!given) return (await holdIfFree(usual)) ?? (await holdIfFree(0))!;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is '${given}', which is no port.`);
  const held = await holdIfFree(port);
  if (!held) throw new Error(`Port ${port} is taken. Set PORT to another one, or leave it out.`);
  return held;
}

/** The port if it can be listened on; any free one for 0. */
async function holdIfFree(port: number): Promise<HeldPort | undefined> {
  // Whoever comes too early is turned away, and not left waiting.
  const server = createServer(socket => socket.destroy());
  const isFree = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return undefined;
  const { port: chosen } = server.address() as { port: number };
  return { port: chosen, release: () => new Promise(resolve => server.close(() => resolve())) };
}
