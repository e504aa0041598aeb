import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { attacks, times } from '../../scripts/faults/attacks.ts';
import { installedPlugins } from '../../scripts/installed.ts';

// Each gets a small answer with a code; how fast, `npm run faults -- F20` measures.

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp({ plugins: await installedPlugins() });
  token = await app.signIn('owner');
});

const headers = (): Record<string, string> => ({
  'content-type': 'application/json',
  accept: 'application/graphql-response+json',
  authorization: `Bearer ${token}`,
});

test.each(attacks.map(attack => [attack.name, attack] as const))('%s', async (_, { body, status, code }) => {
  const response = await app.fetch('/graphql', { method: 'POST', headers: headers(), body });
  const text = await response.text();
  expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
  const { errors } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] };
  expect([response.status, errors?.[0]?.extensions.code]).toEqual([status, code ?? errors?.[0]?.extensions.code]);
  if (status === 200 && !code) expect(errors).toBeUndefined();
});

test('a subscription is held to the same limits', async () => {
  const staff = app.as('owner');
  const selection =
    'appointment { patient { appointments(first: 100) { nodes { patient { visits(first: 100) { nodes { id } } } } } } }';
  await expect(staff.subscribe(`subscription { appointmentChanged { cursor ${selection} } }`)).rejects.toMatchObject({
    code: 'QUERY_TOO_COMPLEX',
  });
  await expect(
    staff.subscribe(`subscription { appointmentChanged { ${times(31, i => `a${i}: cursor`)} } }`),
  ).rejects.toThrow('at most 30 aliases');
});
