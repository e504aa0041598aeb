import { createServer } from 'node:net';

const usual = 4000;

/** PORT where it is given; else 4000, or any free port where that is taken. Throws where PORT is taken or no port. */
export async function choosePort(): Promise<number> {
  const given = process.env['PORT'];
  if (!given) return (await ifFree(usual)) ?? (await ifFree(0))!;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is '${given}', which is no port.`);
  const free = await ifFree(port);
  if (!free) throw new Error(`Port ${port} is taken. Set PORT to another one, or leave it out.`);
  return free;
}

/** The port if it can be listened on; any free one for 0. */
async function ifFree(port: number): Promise<number | undefined> {
  const server = createServer();
  const isFree = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return undefined;
  const { port: chosen } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return chosen;
}
