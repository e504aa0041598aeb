import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { core } from 'clinic-rapport/schema';
import recall from 'clinic-rapport/plugins/recall';
import { createTestApp } from 'clinic-rapport/testing';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
// As `node --import ./telemetry.js` does, before anything is asked for.
beforeAll(() => provider.register());
afterAll(() => provider.shutdown());

test('a request is a span of the trace that it names, with its statements inside, and with no value of a patient', async () => {
  const app = await createTestApp({ plugins: [core, recall] });
  const authorization = `Bearer ${await app.signIn('owner')}`;
  const headers = { 'content-type': 'application/json', authorization };
  const ask = (query: string, other: Record<string, string> = {}): Promise<Response> =>
    app.fetch('/graphql', { method: 'POST', headers: { ...headers, ...other }, body: JSON.stringify({ query }) });
  await ask('mutation Register { registerPatient(input: { name: "沈默之名", language: ZH_HANT }) { id } }');
  exporter.reset();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await ask('query Named { patients(search: "沈默之名") { nodes { name } } }', { traceparent });
  const spans = exporter.getFinishedSpans();
  const request = spans.find(({ name }) => name === 'graphql Named')!;
  expect(request.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(request.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(request.attributes).toMatchObject({ 'http.response.status_code': 200, 'graphql.operation.name': 'Named' });
  const read = spans.find(({ name }) => name === 'read')!;
  expect(read.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  expect(read.attributes['db.query.text']).toContain('select');
  expect(JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]))).not.toContain('沈默之名');
});

test('work is a span with the name of its plugin', async () => {
  const app = await createTestApp({ plugins: [core, recall] });
  exporter.reset();
  await app.staff.data('mutation { registerPatient(input: { name: "A", language: EN, email: "a@mail.test" }) { id } }');
  await app.settle();
  const names = exporter.getFinishedSpans().map(({ name }) => name);
  expect(names).toContain('mail');
});
