import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Arg, Authorized, Ctx, Field, FieldResolver, InputType, Mutation, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { badInput, definePermission, type Context } from 'clinic-rapport';
import { Clinic } from './clinic.ts';

const mostOrigins = 50;

export const originWrite = definePermission('clinic.origin.write', 'See and change which web pages may ask the API', [
  'owner',
]);

@Entity({ tableName: 'clinic_origin' })
export class ClinicOrigin {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Property({ type: 'text' })
  origin: string;
}

@InputType({ description: 'The web pages that may ask the clinic’s API from a browser.' })
export class SetAllowedOriginsInput {
  @Field(() => [String], {
    description:
      'Scheme, host and port of each, at most 50: `https://book.clinic.example`. Others are taken off the list.',
  })
  origins: string[];
}

@Resolver(() => Clinic)
export class OriginResolver {
  @Authorized(originWrite)
  @FieldResolver(() => [String], {
    nullable: true,
    description: 'Scheme, host and port of the web pages that may ask the clinic’s API from a browser, at most 50.',
  })
  async allowedOrigins(@Ctx() { em }: Context): Promise<string[]> {
    const known = await em.find(ClinicOrigin, {}, { orderBy: { origin: 'asc' }, limit: mostOrigins });
    return known.map(({ origin }) => origin);
  }

  @Authorized(originWrite)
  @Mutation(() => Clinic, {
    description:
      'Replaces the list of web pages that may ask the clinic’s API from a browser. Within five seconds it holds everywhere. Other programs are not held by it.',
  })
  async setAllowedOrigins(
    @Arg('input', () => SetAllowedOriginsInput, { description: 'The new list.' }) { origins }: SetAllowedOriginsInput,
    @Ctx() { em, clinicId }: Context,
  ): Promise<Clinic> {
    if (origins.length > mostOrigins) throw badInput('input.origins', `At most ${mostOrigins} origins.`);
    const wanted = [...new Set(origins.map(originOf))];
    await em.nativeDelete(ClinicOrigin, {});
    for (const origin of wanted) em.create(ClinicOrigin, { origin });
    return em.findOneOrFail(Clinic, { id: clinicId });
  }
}

/** As browsers send it: lower case, without a default port, without a path. */
function originOf(given: string, index: number): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isWeb && url.pathname === '/' && url.search + url.hash + url.username === '') return url.origin;
  throw badInput(`input.origins.${index}`, `'${given.slice(0, 100)}' is no origin, as https://book.clinic.example.`);
}
