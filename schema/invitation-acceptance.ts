import { LockMode } from '@mikro-orm/postgresql';
import { follows, invitedSubject, notFound, seeingAllPatients, type Context, type Route } from 'clinic-rapport';
import { v7 as newId } from 'uuid';
import { clinicOf } from './clinic.ts';
import { acceptInvitationLink, whyClosed } from './invitation-mail.ts';
import { invitationPage, type InvitationPage } from './invitation-page.ts';
import { UserInvitation } from './invitation.ts';
import { giveRoles } from './user-change.ts';
import { User } from './user.ts';

/** The page behind the mailed link. Opening it changes nothing: mail scanners follow links. */
export const invitationRoutes: Route[] = follows(acceptInvitationLink, {
  get: async ({ invitationId }, _request, context) => {
    const invitation = await findInvitation(invitationId, context);
    return show(whyClosed(invitation, context.now) ? 'closed' : 'ask', invitation, context);
  },
  post: async ({ invitationId }, _request, context) => {
    const invitation = await findInvitation(invitationId, context, LockMode.PESSIMISTIC_WRITE);
    const reason = whyClosed(invitation, context.now);
    if (reason) context.access.refuse('INVITATION', reason);
    else await accept(invitation, context);
    return show(reason ? 'closed' : 'done', invitation, context);
  },
});

/**
 * Who opens the mailed link can read the mail of the invited address, and nothing else is known of them. So they get an
 * account of their own, or, if someone has proved to own that very address before, that one; and the roles in this clinic
 * only. What the account can do elsewhere is not touched by who invites it, nor told to them.
 */
async function accept(invitation: UserInvitation, context: Context): Promise<void> {
  const { access, em, now } = context;
  const { email, roles } = invitation;
  // Two clinics that invited one person must not make two accounts.
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`account ${email.toLowerCase()}`]);
  await seeingAllPatients(context, async () => {
    const userId = (await access.findAccount(email)) ?? (await createAccount(invitation, context));
    await giveRoles(em.getReference(User, userId), roles, context);
    await em.execute('update user_account set email_verified_at = ? where id = ?', [now.toISOString(), userId]);
    await access.note(userId, 'INVITATION');
  });
  invitation.acceptedAt = now;
  await em.flush();
}

async function createAccount({ name, email, locale }: UserInvitation, { em }: Context): Promise<string> {
  const id = newId();
  await em.execute('insert into user_account (id, subject, name, email, locale) values (?, ?, ?, ?, ?)', [
    id,
    invitedSubject + id,
    name,
    email,
    locale,
  ]);
  return id;
}

async function findInvitation(id: string, { em }: Context, lockMode?: LockMode): Promise<UserInvitation> {
  const found = await em.findOne(UserInvitation, { id }, lockMode === undefined ? {} : { lockMode });
  if (!found) throw notFound('This invitation');
  return found;
}

async function show(state: InvitationPage['state'], invitation: UserInvitation, context: Context): Promise<Response> {
  const { locale, name, email } = invitation;
  return invitationPage({ state, locale, name, email, clinic: (await clinicOf(context)).name });
}
