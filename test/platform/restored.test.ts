import { core } from 'clinic-rapport/schema';
import { isFromElsewhere } from '../../api/database/provenance.ts';
import { createClinic } from '../../api/database/clinic.ts';
import { connect } from '../../api/database/connect.ts';
import { asMaintainer, databaseUrl } from '../../api/database/maintenance.ts';
import { epochOf } from '../../api/events/cursor.ts';
import { takeOver } from '../../scripts/restore/take-over.ts';
import { cloneDatabase } from '../harness/cluster.ts';

const deliveries = `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, address, locale, data, state, message_id, due_at, created_at)
  select $1, gen_random_uuid(), 'sign-in', 'core', 'transactional', 'verification', 'a@mail.example', 'en', '{}', state, state || day, now() + day * interval '1 day', now()
  from (values ('queued', -1), ('sending', -1), ('queued', 1), ('sent', -1)) as given(state, day)`;

test('a database that was restored is recognised, and what was due in it is not sent again', async () => {
  const { url, drop } = await cloneDatabase([core]);
  const sender = { name: 'Test', address: 'hello@clinic.test' };
  const clinic = {
    slug: 'test',
    name: 'Test',
    timeZone: 'Asia/Taipei',
    locale: 'en',
    currency: 'TWD',
    sender,
  } as const;
  const clinicId = await createClinic(url, clinic, [core]);
  await asMaintainer(url, client => client.query(deliveries, [clinicId]));
  const name = `${new URL(url).pathname.slice(1)}_restored`;
  const found = databaseUrl(url, name);
  const original = new URL(url).pathname.slice(1);
  await asMaintainer(databaseUrl(url, 'postgres'), client =>
    client.query(`create database ${name} template ${original}`),
  );
  try {
    const before = await connect({ url: found, plugins: [core] });
    expect(await isFromElsewhere(before)).toBe(true);
    const epoch = await epochOf(before)();
    await before.close();
    expect(await takeOver(found, [core])).toEqual({ uncertain: 2, begun: 0 });
    const after = await connect({ url: found, plugins: [core] });
    expect(await isFromElsewhere(after)).toBe(false);
    expect(await epochOf(after)()).not.toBe(epoch);
    await after.close();
    const { rows } = await asMaintainer(found, client =>
      client.query(`select state, reason, count(*)::integer from delivery group by 1, 2 order by 1`),
    );
    expect(rows).toEqual([
      { state: 'queued', reason: null, count: 1 },
      { state: 'sent', reason: null, count: 1 },
      { state: 'uncertain', reason: 'RESTORED', count: 2 },
    ]);
    expect(await takeOver(found, [core])).toEqual({ uncertain: 0, begun: 0 });
  } finally {
    await drop();
    await asMaintainer(databaseUrl(url, 'postgres'), client => client.query(`drop database ${name} with (force)`));
  }
});
