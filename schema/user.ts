import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  definePermission,
  listOf,
  Public,
  RelatedAll,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
  type Role as RoleName,
  type Row,
} from 'clinic-rapport';
import { Language } from './localized-text.ts';
import { Patient, patientRead } from './patient.ts';

export const userRead = definePermission('user.read', 'See who can sign in to the clinic, and with which roles', [
  'owner',
]);

export const Role = {
  OWNER: 'owner',
  FRONT_DESK: 'frontDesk',
  PRACTITIONER: 'practitioner',
  MARKETER: 'marketer',
  PATIENT: 'patient',
  PLUGIN: 'plugin',
  OPERATOR: 'operator',
  EMERGENCY: 'emergency',
} as const satisfies Record<string, RoleName>;

registerEnumType(Role, {
  name: 'Role',
  description: 'A named set of permissions.',
  valuesConfig: {
    OWNER: { description: 'Runs the clinic; may do everything in it.' },
    FRONT_DESK: { description: 'Registers, books and receives patients; sees no diagnoses.' },
    PRACTITIONER: { description: 'Treats patients.' },
    MARKETER: { description: 'Plans mailings; sees neither diagnoses nor addresses.' },
    PATIENT: { description: 'Sees and books for the patients that the role names: oneself, or a ward.' },
    PLUGIN: { description: 'Another program, with what it was given.' },
    OPERATOR: { description: 'Keeps the installation running; sees no patients.' },
    EMERGENCY: {
      description: 'An operator who has broken the glass: reads patients for a while, and changes nothing.',
    },
  },
});

@ObjectType({ description: 'Someone who can sign in.' })
@Entity({ tableName: 'user_account' })
export class User {
  @Field(() => ID, { description: 'Id of the user.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  /** Who the token of the identity provider speaks of (`sub`). */
  @Property({ type: 'text' })
  subject: string;

  @Field(() => String, { description: 'Name of the user.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { nullable: true, description: 'E-mail address of the user.' })
  @Property({ type: 'text', nullable: true })
  email?: string | null;

  @Field(() => Language, { description: 'Language of the user.' })
  @Property({ type: 'text' })
  locale: Locale;

  @Field(() => DateTime, { nullable: true, description: 'Since when the user cannot sign in; null for one who can.' })
  @Property({ type: 'datetime', nullable: true })
  disabledAt?: Date | null;

  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();
}

@ObjectType({ description: 'A role that a user has in the clinic.' })
@Entity({ tableName: 'user_role' })
export class UserRole {
  @Field(() => ID, { description: 'Id of the grant.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => User)
  user: User;

  @Field(() => Role, { description: 'The role.' })
  @Property({ type: 'text' })
  role: RoleName;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'For the role PATIENT: of whom. Oneself, or a ward.' })
  @ManyToOne(() => Patient, { nullable: true })
  patient?: Patient | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when it counts; null for no end.' })
  @Property({ type: 'datetime', nullable: true })
  until?: Date | null;

  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();
}

export const UserList = listOf(() => User, {
  name: 'User',
  orderBy: { NAME: 'name' },
  defaultOrder: { name: 'asc' },
});

@Resolver(() => User)
export class UserResolver {
  @RelatedAll(() => UserRole, {
    inverse: 'user',
    limit: 100,
    description: 'The roles that the user has in this clinic.',
  })
  roles: Row<UserRole>[];

  @Public()
  @Query(() => User, { nullable: true, description: 'Who is signed in; null without a credential, or for a program.' })
  async me(@Info() info: GraphQLResolveInfo, @Ctx() { actor, read }: Context): Promise<Row<User> | null> {
    return actor.kind === 'user' ? read.one(User, info, { id: actor.id }) : null;
  }

  @Authorized(userRead)
  @Query(() => UserList.Connection, { description: 'Who can sign in to the clinic.' })
  users(
    @Args(() => UserList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<User>> {
    return read.page(UserList, info, page);
  }
}
