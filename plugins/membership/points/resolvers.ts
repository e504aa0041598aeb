import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Info,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import {
  defineLoader,
  LocalDate,
  Needs,
  Related,
  RelatedOne,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';
import { PointsBalance } from './balance.ts';
import { LedgerEntry, LedgerEntryList, pointsRead, StatementList } from './ledger-entry.ts';

@ObjectType({ description: 'Points that expire next.' })
export class PointsExpiry {
  @Field(() => LocalDate, { description: 'The last day on which they can be spent.' })
  on: string;

  @Field(() => Int, { description: 'How many.' })
  points: number;
}

@Resolver(() => PointsBalance)
export class PointsBalanceResolver {
  @FieldResolver(() => PointsExpiry, {
    nullable: true,
    description: 'What expires next, of the points that can be spent; null if nothing does.',
  })
  nextExpiry(@Root() { id }: Row<PointsBalance>, @Ctx() { load }: Context): Promise<PointsExpiry | null> {
    return load(nextExpiry, id);
  }
}

const nextExpiry = defineLoader<string, PointsExpiry | null>(async (patientIds, { em, clinicId }) => {
  const rows = await em.execute<(PointsExpiry & { patientId: string })[]>(
    `select distinct on (patient_id) patient_id as "patientId", expires_on::text as on, sum(available)::integer as points
     from membership_lot where clinic_id = ? and available > 0 and expires_on is not null
       and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
     group by patient_id, expires_on order by patient_id, expires_on`,
    [clinicId, JSON.stringify(patientIds)],
  );
  const next = new Map(rows.map(({ patientId, on, points }) => [patientId, { on, points }]));
  return patientIds.map(id => next.get(id) ?? null);
});

@Resolver(() => LedgerEntry)
export class LedgerEntryResolver {
  @Authorized(pointsRead)
  @Query(() => LedgerEntryList.Connection, {
    description: 'The ledger of all patients, or of those that the actor may see, the latest entry first.',
  })
  ledgerEntries(
    @Args(() => LedgerEntryList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<LedgerEntry>> {
    return read.page(LedgerEntryList, info, page);
  }

  @Needs('from', 'to', 'points')
  @FieldResolver(() => Int, {
    description: 'What it changed in the points that the patient can spend: negative where they became fewer.',
  })
  change(@Root() { from, to, points }: Row<LedgerEntry>): number {
    if (to === 'AVAILABLE') return points;
    return from === 'AVAILABLE' ? -points : 0;
  }
}

@Resolver(() => Patient)
export class PatientPoints {
  @Authorized(pointsRead)
  @RelatedOne(() => PointsBalance, {
    inverse: 'patient',
    description: 'The points of the patient; null for one who never had any.',
  })
  pointsBalance: Row<PointsBalance> | null;

  @Authorized(pointsRead)
  @Related(() => StatementList, {
    inverse: 'patient',
    nullable: true,
    description: 'Where the points came from and went, with what was left after each step, the latest first.',
  })
  pointsStatement: Page<LedgerEntry> | null;
}
