import { core } from 'clinic-rapport/schema';
import { createApp } from '../../api/app.ts';
import { createMetrics } from '../../api/health/metrics.ts';
import { cloneDatabase } from '../harness/cluster.ts';

test('the port of the metrics tells requests, queues and the process, and the port of the API none of it', async () => {
  const database = await cloneDatabase([core]);
  const app = await createApp({
    plugins: [core],
    database: { url: database.url },
    mail: { transport: { send: async () => {}, close: async () => {} } },
    publicUrl: 'https://clinic.test',
    secret: 'a secret of the tests, long enough to be one',
    logLevel: 'silent',
    metrics: true,
  });
  const { url } = await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = await app.listenForMetrics({ port: 0, host: '127.0.0.1' });
  await fetch(`${url}/graphql?query=query+Known{__typename}`, { headers: { 'apollo-require-preflight': 'yes' } });
  const watched = `http://127.0.0.1:${port}`;
  const page = await (await fetch(`${watched}/metrics`)).text();
  expect(page).toMatch(/rapport_request_seconds_count\{operation="Known",code="OK"\} 1/);
  expect(page).toContain('rapport_queue_due{queue="mails transactional"} 0');
  expect(page).toContain('rapport_websockets 0');
  expect(page).toContain('nodejs_eventloop_lag_seconds');
  expect((await fetch(`${watched}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  await app.stop();
  await database.drop();
});

test('whoever makes up names of operations makes no labels', async () => {
  const metrics = createMetrics();
  const seen = { requestId: 'x', status: 200, milliseconds: 1 };
  for (let number = 0; number < 500; number++) metrics.request({ ...seen, operation: `Made${number}` });
  metrics.request({ ...seen, operation: 'Refused', code: 'FORBIDDEN' });
  const page = await (await metrics.page()).text();
  const names = new Set([...page.matchAll(/operation="(\w+)"/g)].map(([, name]) => name));
  expect(names.size).toBe(101);
  expect(names).toContain('other');
  expect(names).not.toContain('Refused');
});
