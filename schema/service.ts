import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOfIds, equals, listOf, type Context, type Page, type PageArguments } from 'clinic-rapport';
import { clinicRead } from './clinic.ts';
import { Department } from './department.ts';
import { LocalizedText, type Localized } from './localized-text.ts';

@ObjectType({ description: 'A bookable kind of care.' })
@Entity({ tableName: 'service' })
export class Service {
  @Field(() => ID, { description: 'Id of the service.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Short code, unique in the clinic: `CHECKUP`.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => LocalizedText, { description: 'Name of the service.' })
  @Property({ type: 'json' })
  name: Localized;

  @Field(() => LocalizedText, { nullable: true, description: 'What it is and how to prepare for it.' })
  @Property({ type: 'json', nullable: true })
  description?: Localized | null;

  @Field(() => Department, { nullable: true, description: 'The department that offers it.' })
  @ManyToOne(() => Department, { nullable: true })
  department?: Department | null;

  @Field(() => Int, { description: 'How long an appointment for it takes, in minutes.' })
  @Property({ type: 'integer' })
  durationMinutes: number;

  @Field(() => Int, { nullable: true, description: 'List price in minor units of `currency` (cents).' })
  @Property({ type: 'integer', nullable: true })
  price?: number | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217 currency of `price`.' })
  @Property({ type: 'character', length: 3, nullable: true })
  currency?: string | null;

  @Field(() => Boolean, { description: 'Whether it can be booked.' })
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true;
}

export const ServiceList = listOf(() => Service, {
  name: 'Service',
  filter: { department: anyOfIds(), active: equals(Boolean) },
  orderBy: { CODE: 'code' },
  defaultOrder: { code: 'asc' },
});

@Resolver(() => Service)
export class ServiceResolver {
  @Authorized(clinicRead)
  @Query(() => ServiceList.Connection, { description: 'The services of the clinic.' })
  services(
    @Args(() => ServiceList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Service>> {
    return read.page(ServiceList, info, page);
  }
}
