import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOfIds, equals, listOf, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { clinicRead } from './clinic.ts';
import { Department } from './department.ts';

@ObjectType({ description: 'Someone who treats patients.' })
@Entity({ tableName: 'practitioner' })
export class Practitioner {
  @Field(() => ID, { description: 'Id of the practitioner.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Name, as patients know it.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { nullable: true, description: 'Title before or after the name: `Dr.`, `醫師`.' })
  @Property({ type: 'text', nullable: true })
  title?: string | null;

  @Field(() => Department, { nullable: true, description: 'The department that the practitioner belongs to.' })
  @ManyToOne(() => Department, { nullable: true })
  department?: Department | null;

  /** The login of the practitioner, if there is one. */
  @Property({ type: 'uuid', nullable: true })
  userId?: string | null;

  @Field(() => Boolean, { description: 'Whether the practitioner takes appointments.' })
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true;
}

export const PractitionerList = listOf(() => Practitioner, {
  name: 'Practitioner',
  filter: { department: anyOfIds(), active: equals(Boolean) },
  orderBy: { NAME: 'name' },
  defaultOrder: { name: 'asc' },
});

@Resolver(() => Practitioner)
export class PractitionerResolver {
  @Authorized(clinicRead)
  @Query(() => PractitionerList.Connection, { description: 'The practitioners of the clinic.' })
  practitioners(
    @Args(() => PractitionerList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Practitioner>> {
    return read.page(PractitionerList, info, page);
  }
}
