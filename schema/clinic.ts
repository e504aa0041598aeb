import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { defineLoader, definePermission, notFound, type Context, type Locale, type Row } from 'clinic-rapport';
import { Language } from './localized-text.ts';

export const clinicRead = definePermission(
  'clinic.read',
  'See the clinic, its places, departments, practitioners, services and free slots',
  ['owner', 'frontDesk', 'practitioner', 'marketer', 'patient', 'plugin', 'operator', 'emergency'],
);

@ObjectType({ description: 'The clinic in which the request acts.' })
@Entity({ tableName: 'clinic' })
export class Clinic {
  @Field(() => ID, { description: 'Id of the clinic.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Field(() => String, { description: 'Short name for addresses, in lower-case Latin letters: `demo`.' })
  @Property({ type: 'text' })
  slug: string;

  @Field(() => String, { description: 'Name of the clinic.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, {
    description: 'IANA time zone of the clinic: `Asia/Taipei`. Its days begin at midnight there.',
  })
  @Property({ type: 'text' })
  timeZone: string;

  @Field(() => Language, { description: 'Language of the clinic, for people whose own is not known.' })
  @Property({ type: 'text' })
  locale: Locale;

  @Field(() => String, { description: 'ISO 4217 currency of the clinic’s amounts: `TWD`.' })
  @Property({ type: 'character', length: 3 })
  currency: string;

  @Field(() => String, { description: 'Name from which the clinic’s mails come.' })
  @Property({ type: 'text' })
  senderName: string;

  @Field(() => String, { description: 'E-mail address from which the clinic’s mails come.' })
  @Property({ type: 'text' })
  senderAddress: string;

  @Field(() => String, { nullable: true, description: 'Phone number of the clinic, E.164.' })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();
}

const clinicById = defineLoader(async (ids: readonly string[], { em }: Context) => {
  const clinics = await em.find(Clinic, { id: { $in: [...ids] } });
  return ids.map(id => clinics.find(clinic => clinic.id === id)!);
});

/** The clinic of the context, for rules that need its zone, language or currency; read once, however many ask. */
export const clinicOf = ({ clinicId, load }: Context): Promise<Clinic> => load(clinicById, clinicId);

@Resolver()
export class ClinicResolver {
  @Authorized(clinicRead)
  @Query(() => Clinic, { description: 'The clinic in which the request acts.' })
  async clinic(@Info() info: GraphQLResolveInfo, @Ctx() { clinicId, read }: Context): Promise<Row<Clinic>> {
    const clinic = await read.one(Clinic, info, { id: clinicId });
    if (!clinic) throw notFound('The clinic');
    return clinic;
  }
}
