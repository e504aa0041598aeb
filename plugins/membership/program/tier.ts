import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import type { Context } from 'clinic-rapport';
import { LocalizedText, type Localized } from 'clinic-rapport/schema';
import type { TierCondition } from './condition.ts';
import { MembershipProgram } from './program.ts';
import { TierCombination } from './words.ts';

@ObjectType({
  description:
    'A rank in the programme. It decides on extras, never on care: what a patient needs clinically is the same in every tier.',
})
@Entity({ tableName: 'membership_tier' })
export class Tier {
  @Field(() => ID, { description: 'Id of the tier.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => MembershipProgram)
  program: MembershipProgram;

  @Field(() => String, { description: 'What it is called in facts and changes: `honour`. Never changes.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => Int, { description: '0 for the lowest, which is open to every registered patient.' })
  @Property({ type: 'integer' })
  rank: number;

  @Field(() => LocalizedText, { description: 'What patients know it as.' })
  @Property({ type: 'json' })
  name: Localized;

  @Field(() => LocalizedText, { nullable: true, description: 'What it gives, as patients read it; null if not said.' })
  @Property({ type: 'json', nullable: true })
  benefits?: Localized | null;

  @Field(() => TierCombination, { description: 'How many of its conditions must hold.' })
  @Property({ type: 'text' })
  combination: TierCombination;

  @Property({ type: 'json' })
  conditions: readonly TierCondition[];

  @Field(() => Int, {
    description: 'What its benefits cost the clinic for one member in a year, in minor units (cents). An estimate.',
  })
  @Property({ type: 'integer' })
  yearlyValue: number;

  /** When it was given up. Members who are still in it go to the tier of its rank once their grace is over. */
  @Property({ type: 'datetime', nullable: true })
  retiredAt?: Date | null;
}

/** Those of a programme that are not given up, the lowest first. */
export const tiersOf = ({ id }: MembershipProgram, { em }: Context): Promise<Tier[]> =>
  em.find(Tier, { program: id, retiredAt: null }, { orderBy: { rank: 'asc' } });
