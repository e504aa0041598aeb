import type { Database } from '../database/database.ts';
import type { Identity } from './identity.ts';

/** Begins the subject of an account that an invitation made. */
export const invitedSubject = 'invited|';

/**
 * Gives an account the identity that another issuer knows its user by; answers the account's id, or undefined where there is
 * none to give it to.
 *
 * An address is not an identity: it is given away, and comes to others. So it counts once, and only where nothing can be taken
 * over by it. The issuer must be one whose addresses the operator trusts, and must say that this one is verified. The account
 * must have been made by an invitation to that very address, have answered a mail there within the last thirty days, be the
 * only one, and have no identity yet. The statement sets it only then, and nothing ever sets it again.
 */
export async function bindByEmail({ subject, email }: Identity, database: Database): Promise<string | undefined> {
  if (email === undefined) return undefined;
  const { rows } = await database.dispatch.query<{ id: string; clinic_id: string }>({
    name: 'account of an address',
    text: `select u.id, r.clinic_id from user_account u
      join lateral (select clinic_id from user_role where user_id = u.id and role <> 'patient' limit 1) r on true
      where lower(u.email) = lower($1) and u.subject like '${invitedSubject}%' and u.external_subject is null
        and u.disabled_at is null and u.email_verified_at > now() - interval '30 days'`,
    values: [email],
  });
  const [account] = rows;
  if (!account || rows.length > 1) return undefined;
  return database.transaction({ clinicId: account.clinic_id, patientIds: '*' }, async em => {
    const bound = await em.execute<{ id: string }[]>(
      'update user_account set external_subject = ? where id = ? and external_subject is null returning id',
      [subject, account.id],
    );
    return bound[0]?.id;
  });
}
