import { execFile } from 'node:child_process';
import path from 'node:path';
import { v7 as newId } from 'uuid';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient } from '../../schema/test/fixture.ts';
import { asOwner } from '../../schema/test/asking.ts';

// As an operator runs them: what counts is the exit code, and what is printed.

const root = path.resolve(import.meta.dirname, '../..');
let app: TestApp;
beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
});

const run = (command: string): Promise<{ code: number; said: string }> =>
  new Promise(resolve => {
    const file = path.join(root, 'scripts', command);
    const env = { ...process.env, DATABASE_URL: app.databaseUrl, RAPPORT_PLUGINS: '' };
    execFile(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', file],
      { cwd: root, env },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
    );
  });

test('audit:verify fails where there is nothing to check', async () => {
  const { code, said } = await run('audit-verify.ts');
  expect(said).toContain('0 entries in 1 clinics checked');
  expect(said).toContain('There is nothing to check');
  expect(code).toBe(1);
}, 60_000);

test('audit:verify counts what it checked, and fails on a false entry, which it names', async () => {
  await addPatient(app);
  await app.settle();
  const entries = await asOwner(app, async client => {
    const { rows } = await client.query('select entry_id from audit_link order by position');
    return rows.map(({ entry_id }) => entry_id as string);
  });
  expect(entries.length).toBeGreaterThan(0);
  const good = await run('audit-verify.ts');
  expect(good.said).toContain(
    `${entries.length} entries in 1 clinics checked; 0 are not linked yet; 0 chains are broken`,
  );
  expect(good.code).toBe(0);

  await asOwner(app, async client => {
    await client.query('set session_replication_role = replica');
    await client.query(`update audit_entry set actor_id = 'somebody else' where id = $1`, [entries[0]]);
  });
  const bad = await run('audit-verify.ts');
  expect(bad.said).toContain(`entry 1 (${entries[0]}) is not what was written`);
  expect(bad.code).toBe(1);
}, 60_000);

test('consent:verify fails where there is nothing to check', async () => {
  const { code, said } = await run('consent-verify.ts');
  expect(said).toContain('0 mails that were sent were checked, 0 rested on nothing');
  expect(said).toContain('There was no mail to check');
  expect(code).toBe(1);
}, 60_000);

test('consent:verify counts what it checked, and fails on a mail that rested on nothing, which it names', async () => {
  const patientId = await addPatient(app);
  const input = { patientId, system: 'EMAIL', value: 'li@mail.test' };
  const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
  await app.as('frontDesk').data(add, { input });
  await app.settle();
  expect(app.mails).toHaveLength(1);
  const good = await run('consent-verify.ts');
  expect(good.said).toContain('1 mails that were sent were checked, 0 rested on nothing');
  expect(good.code).toBe(0);

  const planted = newId();
  await asOwner(app, client =>
    client.query(
      `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, patient_id, data, state, message_id, basis,
         due_at, created_at, sent_at, decided_at, address_verified_at)
       values ($1, $2, 'offer', 'core', 'marketing', 'marketing', $3, '{}', 'sent', $4, 'message-class:care@tw-2026.1',
         now(), now(), now(), now(), now())`,
      [app.clinicId, planted, patientId, planted],
    ),
  );
  const bad = await run('consent-verify.ts');
  expect(bad.said).toContain('2 mails that were sent were checked, 1 rested on nothing');
  expect(bad.said).toContain(`${planted} CONSENT_MISSING`);
  expect(bad.code).toBe(1);
}, 60_000);
