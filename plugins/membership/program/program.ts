import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, definePermission, type Context } from 'clinic-rapport';
import { LocalizedText, type Localized } from 'clinic-rapport/schema';
import { TierDescent } from './words.ts';

export const programRead = definePermission('membership.program.read', 'See the membership programme and its tiers', [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
]);
export const programWrite = definePermission(
  'membership.program.write',
  'Change the membership programme, and try changes out',
  ['owner'],
);

@ObjectType({
  description:
    'The loyalty scheme of a clinic. A tier gives extras and is never a condition of care that a patient needs: no benefit can be one.',
})
@Entity({ tableName: 'membership_program' })
export class MembershipProgram {
  @Field(() => ID, { description: 'Id of the programme.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => LocalizedText, { description: 'What patients know it as.' })
  @Property({ type: 'json' })
  name: Localized;

  @Field(() => Boolean, { description: 'Whether it goes on. At most one of a clinic does.' })
  @Property({ type: 'boolean' })
  active: boolean;

  @Field(() => Int, {
    description: 'For how many days a member keeps a tier whose conditions hold no longer, 0 to 730.',
  })
  @Property({ type: 'integer' })
  graceDays: number;

  @Field(() => TierDescent, { description: 'How far members go down after that.' })
  @Property({ type: 'text' })
  descent: TierDescent;

  @Field(() => Boolean, { description: 'Whether only who has a verified address comes above the lowest tier.' })
  @Property({ type: 'boolean' })
  needsVerifiedAddress: boolean;

  @Field(() => Int, { description: 'Goes up with each change; send it back as `expectedVersion`.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Property({ type: 'datetime' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'When it was changed last.' })
  @Property({ type: 'datetime' })
  updatedAt: Date;
}

/** The one that goes on, if there is one. */
export const activeProgram = ({ em }: Context): Promise<MembershipProgram | null> =>
  em.findOne(MembershipProgram, { active: true });
