import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, Int, ObjectType } from 'type-graphql';
import { beside, defineLoader, type Context } from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';

/** What facts read of the points: all of them together cost one join. */
export const balances = beside('membership_balance', 'patient_id');

/** The most points that one patient can have, pending ones included. */
export const mostInAll = 2_000_000_000;

/** The sum of the ledger of one patient, kept by a trigger on it; nothing else writes it. */
@ObjectType({ description: 'What the ledger of a patient comes to.' })
@Entity({ tableName: 'membership_balance' })
export class PointsBalance {
  /** The patient's own. */
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Int, { description: 'Points that can be spent.' })
  @Property({ type: 'integer', default: 0 })
  available: Opt<number> = 0;

  @Field(() => Int, {
    description: 'Points that are promised: they can be spent once what they are for has come to its end.',
  })
  @Property({ type: 'integer', default: 0 })
  pending: Opt<number> = 0;

  @Field(() => Int, {
    description:
      'Points that were taken back when they had been spent already: what is earned next makes up for them first.',
  })
  @Property({ type: 'integer', default: 0 })
  owed: Opt<number> = 0;

  /** Of the last entry. */
  @Property({ type: 'integer', default: 0 })
  sequence: Opt<number> = 0;

  /** A legal hold keeps the words of staff from erasure. */
  @Property({ type: 'boolean', default: false })
  held: Opt<boolean> = false;
}

/** Points of one patient. */
export interface Balance {
  readonly available: number;
  readonly pending: number;
  readonly owed: number;
}

const nothing: Balance = { available: 0, pending: 0, owed: 0 };

/** Of a patient, by id; all zero for one who never had points. */
export const balanceOf = defineLoader<string, Balance>(async (patientIds, { em, clinicId }) => {
  const rows = await em.execute<(Balance & { patientId: string })[]>(
    `select patient_id as "patientId", available, pending, owed from membership_balance
     where clinic_id = ? and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [clinicId, JSON.stringify(patientIds)],
  );
  const known = new Map(rows.map(({ patientId, ...balance }) => [patientId, balance]));
  return patientIds.map(id => known.get(id) ?? nothing);
});

/**
 * Whoever posts locks the balance first, of several patients in the order of their ids: what is read of their lots after it is
 * true until the transaction ends.
 */
export async function lockBalances(patientIds: readonly string[], { em, clinicId }: Context): Promise<void> {
  const ids = JSON.stringify(patientIds);
  const given = '(select distinct value::uuid as id from jsonb_array_elements_text(?::jsonb))';
  await em.flush();
  await em.execute(
    `insert into membership_balance (clinic_id, id, patient_id) select ?, g.id, g.id from ${given} g
     where not exists (select from membership_balance b where b.clinic_id = ? and b.patient_id = g.id)
     order by g.id on conflict do nothing`,
    [clinicId, ids, clinicId],
  );
  await em.execute(
    `select 1 from membership_balance where clinic_id = ? and patient_id in ${given} order by patient_id for update`,
    [clinicId, ids],
  );
}
