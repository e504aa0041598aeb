import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { badInput, conflict, definePermission, type Context, type Role as RoleName } from 'clinic-rapport';
import { find } from './find.ts';
import { Role, User, UserRole } from './user.ts';

export const userWrite = definePermission('user.write', 'Invite users, change their roles and remove them', ['owner']);

/** The roles of people who work in the clinic. The others are given by a patient's record, or by who runs the installation. */
const ofStaff: readonly RoleName[] = ['owner', 'frontDesk', 'practitioner', 'marketer'];

@InputType({ description: 'The roles that someone who works in the clinic has from now on.' })
export class ChangeUserRolesInput {
  @Field(() => ID, { description: 'Id of the user.' })
  userId: string;

  @Field(() => [Role], { description: 'OWNER, FRONT_DESK, PRACTITIONER or MARKETER, one at least.' })
  roles: RoleName[];
}

@InputType({ description: 'A user whose access to the clinic ends.' })
export class RemoveUserInput {
  @Field(() => ID, { description: 'Id of the user.' })
  userId: string;
}

@Resolver()
export class UserOperations {
  @Authorized(userWrite)
  @Mutation(() => User, {
    description:
      'Replaces the roles of someone who works in the clinic. It holds at once; sockets with other rights are closed.',
  })
  changeUserRoles(
    @Arg('input', () => ChangeUserRolesInput, { description: 'The roles.' }) input: ChangeUserRolesInput,
    @Ctx() context: Context,
  ): Promise<User> {
    return changeUserRoles(input, context);
  }

  @Authorized(userWrite)
  @Mutation(() => ID, {
    description:
      'Takes away all roles of a user in the clinic, at once. Answers the id; in other clinics nothing changes.',
  })
  removeUser(
    @Arg('input', () => RemoveUserInput, { description: 'The user.' }) input: RemoveUserInput,
    @Ctx() context: Context,
  ): Promise<string> {
    return removeUser(input.userId, context);
  }
}

/** The roles as they are stored. Throws BAD_USER_INPUT for `field` where there is none, or one that is not of staff. */
export function staffRoles(given: readonly RoleName[], field: string): RoleName[] {
  const wrong = given.findIndex(role => !ofStaff.includes(role));
  if (wrong >= 0) throw badInput(`${field}.${wrong}`, 'This role is not given to people who work in the clinic.');
  if (given.length === 0) throw badInput(field, 'Who works in the clinic has a role.');
  return [...new Set(given)];
}

export async function changeUserRoles({ userId, roles }: ChangeUserRolesInput, context: Context): Promise<User> {
  const wanted = staffRoles(roles, 'input.roles');
  const user = await find(User, userId, context);
  await oneAtATime(context);
  await giveRoles(user, wanted, context);
  const { em } = context;
  await em.nativeDelete(UserRole, { user, role: { $in: ofStaff.filter(role => !wanted.includes(role)) } });
  await refuseWithoutOwner(context);
  return user;
}

export async function removeUser(userId: string, context: Context): Promise<string> {
  const user = await find(User, userId, context);
  await oneAtATime(context);
  await context.em.nativeDelete(UserRole, { user });
  await refuseWithoutOwner(context);
  return user.id;
}

/** Adds the roles that the user does not have yet. */
export async function giveRoles(user: User, roles: readonly RoleName[], { em, now }: Context): Promise<void> {
  const present = await em.find(UserRole, { user, role: { $in: [...roles] } });
  for (const role of roles.filter(wanted => !present.some(({ role: known }) => known === wanted)))
    em.create(UserRole, { user, role, createdAt: now });
  await em.flush();
}

/** Two owners who remove each other at the same time would leave a clinic that nobody can get into. */
const oneAtATime = ({ em, clinicId }: Context): Promise<unknown> =>
  em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`users ${clinicId}`]);

async function refuseWithoutOwner({ em }: Context): Promise<void> {
  const owners = await em.count(UserRole, { role: 'owner', user: { disabledAt: null } });
  if (owners === 0) throw conflict('A clinic has an owner: make someone else one first.');
}
