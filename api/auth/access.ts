import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { Database } from '../database/database.ts';
import { conflict, notFound } from '../errors.ts';
import type { Access } from '../plugin.ts';
import { networkOf } from './client-network.ts';
import { localIssuer, type Issuer } from './issuer.ts';
import { insertSignIns, type Arrival, type SignIn, type SignIns } from './sign-ins.ts';

/** Seconds for which someone who came in by a link stays in: a working day. */
const lifetime = 12 * 3600;

/** Lets people in where a context stands. */
export type AccessOf = (here: Here) => Access;

export interface Here extends Arrival {
  readonly clinicId: string;
  readonly now: Date;
  /** Of the open transaction: that someone came in is written with what lets them in, or not at all. */
  em(): EntityManager;
}

export interface AccessOptions {
  database: Database;
  issuer: Issuer | undefined;
  signIns: SignIns;
}

export const createAccess =
  ({ database, issuer, signIns }: AccessOptions): AccessOf =>
  here => ({
    async grant(userId, method) {
      const subject = await subjectOf(userId, here);
      const token = await (issuer ?? refuseToIssue()).issue({ subject, expiresIn: lifetime });
      await record(here, { userId, method, issuer: localIssuer, outcome: 'SUCCEEDED' });
      return { token, expiresAt: new Date(Date.now() + lifetime * 1000) };
    },
    note: (userId, method) => record(here, { userId, method, outcome: 'SUCCEEDED' }),
    findAccount: email => findAccount(email, database),
    refuse(method, reason) {
      const { clinicId } = here;
      // Each one counts: none is the same as another.
      signIns.record(newId(), { clinicId, method, reason, outcome: 'REFUSED' }, here);
    },
  });

export function refuseToIssue(): never {
  throw conflict('Tokens are issued elsewhere here: sign in with the identity provider.');
}

async function subjectOf(userId: string, { em, clinicId }: Here): Promise<string> {
  const rows = await em().execute<{ subject: string }[]>(
    `select subject from user_account u where id = ? and disabled_at is null
       and exists (select from user_role r where r.clinic_id = ? and r.user_id = u.id)`,
    [userId, clinicId],
  );
  if (!rows[0]) throw notFound('This user');
  return rows[0].subject;
}

async function findAccount(email: string, { dispatch }: Database): Promise<string | undefined> {
  const { rows } = await dispatch.query<{ id: string; disabled_at: Date | null }>({
    name: 'account of a proved address',
    text: `select id, disabled_at from user_account where lower(email) = lower($1) and email_verified_at is not null`,
    values: [email],
  });
  if (rows.some(({ disabled_at }) => disabled_at !== null)) throw conflict('The account of this address was disabled.');
  return rows.length === 1 ? rows[0]!.id : undefined;
}

async function record(
  { em, clinicId, now, address, requestId }: Here,
  signIn: Omit<SignIn, 'clinicId'>,
): Promise<void> {
  const row = { ...signIn, id: newId(), address: networkOf(address), requestId, at: now };
  await em().execute(insertSignIns, [clinicId, JSON.stringify([row])]);
}
