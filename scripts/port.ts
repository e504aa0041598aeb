import { createServer } from 'node:net';

const usual = 4000;

/** PORT where it is given, taken or not; else 4000, or a free port where that is taken. */
export async function choosePort(): Promise<number> {
  const given = process.env['PORT'];
  if (given === undefined) return (await isFree(usual)) ?? (await isFree(0))!;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is '${given}', which is no port.`);
  if (!(await isFree(port))) throw new Error(`Port ${port} is taken. Set PORT to another one, or leave it out.`);
  return port;
}

/** The port where it can be listened on; any free one for 0. */
async function isFree(port: number): Promise<number | undefined> {
  const server = createServer();
  const listening = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false)).listen(port, () => resolve(true));
  });
  if (!listening) return undefined;
  const { port: taken } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return taken;
}
