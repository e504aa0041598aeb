import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { appointmentConfirmed } from 'clinic-rapport/schema';
import { createApp } from '../../../api/app.ts';
import { systemActor } from '../../../api/platform.ts';
import { installedPlugins } from '../../installed.ts';
import { idOf, subjectOf } from '../dataset.ts';

/** How many times, and of raw ws what, is to be told to everyone. */
export interface Tell {
  events: number;
  text: string;
  appointmentId: string;
  patientId: string;
}

const [, , way] = process.argv;
await (way === 'ws' ? serveRaw() : servePlatform());
process.on('disconnect', () => process.exit());

/** The floor: one buffer, written to every socket. */
async function serveRaw(): Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const http = createServer().on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, client => {
      client.on('message', () => client.send('{"type":"connection_ack"}')).on('error', () => {});
    }),
  );
  process.on('message', ({ events, text }: Tell) => {
    const buffer = Buffer.from(text);
    for (let event = 0; event < events; event++)
      for (const client of sockets.clients)
        if (client.readyState === WebSocket.OPEN) client.send(buffer, { binary: false });
    process.send?.({});
  });
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  process.send?.({ port: (http.address() as AddressInfo).port, tokens: [] });
}

/** The platform, and events that are written to the outbox and read from it as every other. */
async function servePlatform(): Promise<void> {
  const app = await createApp({
    part: 'api',
    plugins: await installedPlugins(),
    database: { url: process.env['DATABASE_URL']! },
    mail: { smtpUrl: 'smtp://127.0.0.1:25' },
    publicUrl: 'http://localhost',
    secret: 'signs no link while a benchmark runs',
    logLevel: 'warn',
    pointsPerMinute: 1_000_000_000,
    socketLimits: { socketsPerCredential: 100_000, sockets: 100_000 },
  });
  process.on('message', async ({ events, appointmentId, patientId }: Tell) => {
    const context = await app.platform.contextFor({
      clinicId: idOf('clinic', 1),
      actor: systemActor('system', 'bench'),
    });
    await context.transaction(async () => {
      for (let event = 0; event < events; event++)
        context.publish(appointmentConfirmed, { appointmentId, patientId, version: 1, change: 'CONFIRMED' });
    });
    process.send?.({});
  });
  const { port } = await app.listen({ port: 0, host: '127.0.0.1' });
  const token = await app.issueToken({ subject: subjectOf(1), expiresIn: 86_400 });
  process.send?.({ port, tokens: [token] });
}
