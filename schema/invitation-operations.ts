import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import {
  conflict,
  defineLimit,
  Idempotent,
  RapportError,
  type Context,
  type Locale,
  type Role as RoleName,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { normalAddress } from './contact-point.ts';
import { find } from './find.ts';
import { invitationMail, whyClosed } from './invitation-mail.ts';
import { UserInvitation } from './invitation.ts';
import { Language } from './localized-text.ts';
import { requiredText } from './text.ts';
import { staffRoles, userWrite } from './user-change.ts';
import { Role, UserRole } from './user.ts';

/** Milliseconds for which an invitation can be accepted: a week. */
const lifetime = 7 * 86_400_000;

/** Mails to one address in a day. */
const mailsToOne = defineLimit('invitation.mail', 5, 86_400);

@InputType({ description: 'Someone to invite to work in the clinic’s data.' })
export class InviteUserInput {
  @Field(() => String, { description: 'E-mail address; who can read its mail can accept.' })
  email: string;

  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name: string;

  @Field(() => [Role], { description: 'OWNER, FRONT_DESK, PRACTITIONER or MARKETER, one at least.' })
  roles: RoleName[];

  @Field(() => Language, {
    nullable: true,
    description: 'Language of the mail and of the user; the clinic’s if not given.',
  })
  locale?: Locale | null;
}

@InputType({ description: 'An invitation.' })
export class InvitationInput {
  @Field(() => ID, { description: 'Id of the invitation.' })
  id: string;
}

@Resolver()
export class InvitationOperations {
  @Authorized(userWrite)
  @Idempotent()
  @Mutation(() => UserInvitation, {
    description: 'Invites someone to work in the clinic’s data. The mail’s link can be accepted for a week.',
  })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'Who, and as what.' }) input: InviteUserInput,
    @Ctx() context: Context,
  ): Promise<UserInvitation> {
    return inviteUser(input, context);
  }

  @Authorized(userWrite)
  @Mutation(() => UserInvitation, { description: 'Sends the mail again; from now on it can be accepted for a week.' })
  async resendInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which one.' }) { id }: InvitationInput,
    @Ctx() context: Context,
  ): Promise<UserInvitation> {
    const invitation = await findOpen(id, context);
    invitation.expiresAt = new Date(context.now.getTime() + lifetime);
    await mail(invitation, context);
    return invitation;
  }

  @Authorized(userWrite)
  @Mutation(() => UserInvitation, { description: 'Takes an invitation back: its link opens nothing any more.' })
  async revokeInvitation(
    @Arg('input', () => InvitationInput, { description: 'Which one.' }) { id }: InvitationInput,
    @Ctx() context: Context,
  ): Promise<UserInvitation> {
    const invitation = await findOpen(id, context);
    invitation.revokedAt = context.now;
    return invitation;
  }
}

/** Records an invitation and mails it. Throws CONFLICT where the address is invited already, or works here. */
export async function inviteUser(input: InviteUserInput, context: Context): Promise<UserInvitation> {
  const { em, actor, now } = context;
  if (actor.kind === 'key') throw new RapportError('FORBIDDEN', 'Only a person can invite one.');
  const email = normalAddress('EMAIL', input.email, 'input.email');
  const [name, roles] = [requiredText(input.name, 'input.name'), staffRoles(input.roles, 'input.roles')];
  await refuseKnown(email, context);
  const invitation = em.create(UserInvitation, {
    email,
    name,
    roles,
    locale: input.locale ?? (await clinicOf(context)).locale,
    invitedBy: actor.id,
    createdAt: now,
    expiresAt: new Date(now.getTime() + lifetime),
  });
  await mail(invitation, context);
  return invitation;
}

async function mail(invitation: UserInvitation, context: Context): Promise<void> {
  const { id: invitationId, email: address, name, locale } = invitation;
  await context.spend(mailsToOne, address.toLowerCase());
  await context.em.flush();
  await context.send(invitationMail, { address, name, locale }, { invitationId });
}

async function refuseKnown(email: string, { em, clinicId, now }: Context): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`invitation ${clinicId}`]);
  const works = await em.count(UserRole, { role: { $ne: 'patient' }, user: { email: { $ilike: literal(email) } } });
  if (works > 0) throw conflict('Someone with this address works in the clinic already.');
  const sent = await em.find(UserInvitation, { email: { $ilike: literal(email) }, acceptedAt: null, revokedAt: null });
  if (sent.some(({ expiresAt }) => expiresAt > now)) throw conflict('This address is invited already: send it again.');
  // One that ran out makes room for the new one.
  for (const invitation of sent) invitation.revokedAt = now;
  await em.flush();
}

const literal = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

async function findOpen(id: string, context: Context): Promise<UserInvitation> {
  const invitation = await find(UserInvitation, id, context);
  const reason = whyClosed(invitation, context.now);
  if (reason === 'USED' || reason === 'REVOKED') throw conflict('The invitation was accepted or revoked before.');
  return invitation;
}
