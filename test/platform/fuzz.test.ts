import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { sample } from '../../scripts/faults/fuzz/documents.ts';
import { faultOf } from '../../scripts/faults/fuzz/verdict.ts';
import { installedPlugins } from '../../scripts/installed.ts';

/** As many as a second or two allow; `npm run faults -- F19` asks 10,000 over HTTP. */
const count = 400;
const roles = ['owner', 'frontDesk', 'practitioner', 'marketer'] as const;

let app: TestApp;
let ids: string[];

beforeAll(async () => {
  app = await createTestApp({ plugins: await installedPlugins() });
  const { registerPatient } = await app.staff.data(
    `mutation { registerPatient(input: { name: "王小明", email: "wang@mail.test" }) { id contactPoints { id } } }`,
  );
  ids = [registerPatient.id, ...registerPatient.contactPoints.map(({ id }: { id: string }) => id), app.clinicId];
});

test('whatever is asked, no operation breaks inside or tells of the inside', async () => {
  const faults: string[] = [];
  let answered = 0;
  for (const [number, { name, document, variables }] of sample(app.app.schema, ids, { count, seed: 7 }).entries()) {
    const { errors } = await app.as(roles[number % roles.length]!).query(document, variables);
    const fault = faultOf(errors);
    if (fault) faults.push(`${name} ${JSON.stringify(variables)}: ${fault}`);
    if (!errors) answered += 1;
  }
  expect(faults).toEqual([]);
  expect(answered).toBeGreaterThan(count / 20);
}, 60_000);
