import type { EntityManager } from '@mikro-orm/postgresql';
import type { Platform } from '../platform.ts';
import type { Sweep } from '../work/sweep.ts';
import { contentSql, genesis, hashOf } from './chain.ts';

/** Nobody notifies on it: what waits is linked whenever the bell rings for all, every two seconds. */
const channel = 'rapport_audit';
/** Entries that one transaction links. */
const batch = 1_000;

type Sealing = Pick<Platform, 'database' | 'clock' | 'logger'>;

interface Waiting {
  readonly id: string;
  readonly content: string;
}

interface Last {
  readonly position: string;
  readonly hash: string;
}

/**
 * Links entries to the chain of their clinic, after the transactions that wrote them: those never wait for one another. One
 * sealer at a time has a clinic, by an advisory lock; it links what it sees in the order in which it was written. What
 * commits later is linked later, so the chain has no gap, however transactions overlap, and survives a restore.
 */
export function createSealer({ database, clock, logger }: Sealing): Sweep {
  const sealClinic = async (clinicId: string): Promise<number> => {
    const { sealed, head } = await database.transaction({ clinicId, patientIds: '*' }, em =>
      seal(em, clinicId, clock.now()),
    );
    // Where a log is kept apart, whoever cuts off the end of the chain and its heads is found out by it.
    if (head) logger.info({ clinicId, position: head.position, hash: head.hash }, 'The head of the audit');
    return sealed;
  };
  return {
    channel,
    async runDue(_, signal) {
      const { rows } = await database.dispatch.query<{ clinic_id: string }>(
        'select distinct clinic_id from audit_waiting',
      );
      let done = 0;
      for (const { clinic_id: clinicId } of rows) {
        if (signal?.aborted) break;
        done += await sealClinic(clinicId);
      }
      return done;
    },
  };
}

const waitingSql = `select e.id, ${contentSql} as content from audit_waiting w
  join audit_entry e on e.clinic_id = w.clinic_id and e.id = w.entry_id
  where w.clinic_id = ? order by e.sequence limit ${batch}`;

const linkSql = `with given as (
    select * from jsonb_to_recordset(?::jsonb) as r(position bigint, entry_id uuid, before text, hash text)),
  linked as (
    insert into audit_link (clinic_id, position, entry_id, before, hash)
    select ?::uuid, position, entry_id, before, hash from given)
  delete from audit_waiting w using given where w.clinic_id = ? and w.entry_id = given.entry_id`;

async function seal(em: EntityManager, clinicId: string, now: Date): Promise<{ sealed: number; head?: Last }> {
  const [lock] = await em.execute<{ had: boolean }[]>(
    `select pg_try_advisory_xact_lock(hashtextextended('audit ' || ?, 0)) as had`,
    [clinicId],
  );
  if (!lock!.had) return { sealed: 0 };
  const [last = { position: '0', hash: genesis }] = await em.execute<Last[]>(
    'select l.position::text, hash from audit_link l where clinic_id = ? order by l.position desc limit 1',
    [clinicId],
  );
  const waiting = await em.execute<Waiting[]>(waitingSql, [clinicId]);
  const links = linksAfter(last, waiting);
  const newest = links.at(-1);
  if (!newest) return { sealed: 0 };
  await em.execute(linkSql, [JSON.stringify(links), clinicId, clinicId]);
  return { sealed: links.length, head: await keepHead(em, clinicId, now, newest) };
}

function linksAfter({ position, hash }: Last, waiting: readonly Waiting[]) {
  let [place, before] = [BigInt(position), hash];
  return waiting.map(({ id, content }) => {
    const link = { position: String(++place), entry_id: id, before, hash: hashOf(before, place, content) };
    before = link.hash;
    return link;
  });
}

/** The first time in a day (UTC) that something is linked; undefined after that. */
async function keepHead(em: EntityManager, clinicId: string, now: Date, newest: Last): Promise<Last | undefined> {
  const kept = await em.execute<Last[]>(
    `insert into audit_head (clinic_id, day, position, hash) values (?, ?, ?, ?)
     on conflict do nothing returning position::text, hash`,
    [clinicId, now.toISOString().slice(0, 10), newest.position, newest.hash],
  );
  return kept[0];
}
