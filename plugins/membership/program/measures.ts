import { sql, type Sql } from 'clinic-rapport';
import type { TierCondition } from './condition.ts';

/** When it is asked. */
export interface Day {
  /** The clinic's, `YYYY-MM-DD`. */
  readonly on: string;
  readonly timeZone: string;
}

/** Which patients are looked at, by a column with their ids. The same piece in every part, so that each reads no others. */
export type Among = (column: Sql) => Sql;

export interface Measures {
  /** Joined to `patient p`. */
  readonly joins: Sql;
  /** What the patient has of it: an expression in the same statement. */
  of(condition: TierCondition): Sql;
}

interface Source {
  readonly alias: string;
  readonly rows: Sql;
  /** When what a row says happened. */
  readonly at: Sql;
}

const sources = {
  visits: {
    alias: 'seen',
    rows: sql`visit v where v.status = 'COMPLETED'`,
    at: sql`v.started_at`,
  },
  items: {
    alias: 'had',
    rows: sql`visit_procedure i join visit v on v.clinic_id = i.clinic_id and v.id = i.visit_id where v.status = 'COMPLETED'`,
    at: sql`v.started_at`,
  },
  engagements: {
    alias: 'done',
    rows: sql`membership_engagement v where true`,
    at: sql`v.recorded_at`,
  },
} satisfies Record<string, Source>;

const sourceOf = { SPEND: 'visits', VISITS: 'visits', ITEM: 'items', ENGAGEMENT: 'engagements' } as const;

/**
 * What conditions count, for many patients at once: one pass over the visits, one over what was done in them and one over
 * engagements, however many conditions there are. Tiers are found, explained and tried out by this alone.
 */
export function measuresOf(
  conditions: readonly TierCondition[],
  { clinicId, day, among }: { clinicId: string; day: Day; among: Among },
): Measures {
  const joins: Sql[] = [];
  const values = new Map<string, Sql>();
  for (const name of ['visits', 'items', 'engagements'] as const) {
    const asked = conditions.filter(({ kind }) => kind !== 'TENURE' && sourceOf[kind] === name);
    if (asked.length === 0) continue;
    const source = sources[name];
    const columns = [...new Map(asked.map(condition => [keyOf(condition), condition])).values()];
    columns.forEach((condition, index) =>
      values.set(keyOf(condition), sql`coalesce(${named(source.alias)}.${named(`m${index}`)}, 0)`),
    );
    joins.push(joinOf(source, columns, { clinicId, day, among }));
  }
  return {
    joins: list(joins, ' '),
    of: condition => (condition.kind === 'TENURE' ? tenure(day) : values.get(keyOf(condition))!),
  };
}

/** Of `patient p`: in days, by the clinic's calendar. */
export const tenure = ({ on, timeZone }: Day): Sql => sql`(${on}::date - least(
  (p.created_at at time zone ${timeZone}::text)::date, (select s.first_visit_on from patient_statistics s
    where s.clinic_id = p.clinic_id and s.patient_id = p.id)))`;

function joinOf(
  { alias, rows, at }: Source,
  conditions: readonly TierCondition[],
  { clinicId, day, among }: { clinicId: string; day: Day; among: Among },
): Sql {
  const columns = conditions.map(
    (condition, index) =>
      sql`${aggregateOf(condition)} filter (where ${within(condition, at, day)}) as ${named(`m${index}`)}`,
  );
  const longest = conditions.some(({ days }) => days === null)
    ? null
    : conditions.reduce((longer, condition) => (condition.days! > longer.days! ? condition : longer));
  return sql`left join (select v.patient_id, ${list(columns, ', ')} from ${rows}
    and v.clinic_id = ${clinicId}::uuid and ${among(sql`v.patient_id`)}
    and ${longest === null ? sql`true` : since(longest, at, day)} group by v.patient_id) ${named(alias)}
    on ${named(alias)}.patient_id = p.id`;
}

function aggregateOf({ kind }: TierCondition): Sql {
  if (kind === 'SPEND') return sql`sum(coalesce(v.amount, 0) - v.refunded_amount)`;
  return kind === 'ITEM' ? sql`count(distinct v.id)` : sql`count(*)`;
}

function within(condition: TierCondition, at: Sql, day: Day): Sql {
  const { kind, services, procedures, engagements } = condition;
  const window = since(condition, at, day);
  if (kind === 'ENGAGEMENT') return sql`${window} and v.kind = any(${engagements}::text[])`;
  if (kind !== 'ITEM') return window;
  return sql`${window} and (i.service_id = any(${services}::uuid[]) or i.code = any(${procedures}::text[]))`;
}

/** From the first moment of the first day that counts. */
const since = ({ days }: TierCondition, at: Sql, { on, timeZone }: Day): Sql =>
  days === null
    ? sql`true`
    : sql`${at} >= ((${on}::date - ${days - 1}::integer)::timestamp at time zone ${timeZone}::text)`;

const keyOf = ({ kind, days, services, procedures, engagements }: TierCondition): string =>
  JSON.stringify([kind, days, services, procedures, engagements]);

/** A name of this file's own, never one that was given. */
const named = (name: string): Sql => sql([name] as unknown as TemplateStringsArray);

export const list = (parts: readonly Sql[], between: string): Sql =>
  parts.length === 0 ? sql`` : parts.reduce((all, part) => sql`${all}${named(between)}${part}`);
