import { completeVisit, startVisit } from 'clinic-rapport/schema';
import type { Caller, TestApp } from 'clinic-rapport/testing';
import { sweepTiers } from '../program/sweep.ts';

const words = (en: string) => ({ zhHant: en, zhHans: en, en });

export const tier = (code: string, rules?: object, more: object = {}) => ({ code, name: words(code), rules, ...more });

/** Three tiers, the upper ones by what visits cost within a year: 1,000.00 and 5,000.00. */
export const bySpend = (more: object = {}) => ({
  name: words('Members'),
  ...{ graceDays: 30, needsVerifiedAddress: false },
  tiers: [
    tier('basic'),
    tier('advanced', { any: [{ kind: 'SPEND', atLeast: 100_000, days: 365 }] }, { yearlyValue: 500 }),
    tier('honour', { all: [{ kind: 'SPEND', atLeast: 500_000, days: 365 }] }, { yearlyValue: 3_000 }),
  ],
  ...more,
});

const update = `mutation ($input: UpdateMembershipProgramInput!) { updateMembershipProgram(input: $input) { id version tiers { code rank } } }`;

const create = `mutation ($input: CreateMembershipProgramInput!) { createMembershipProgram(input: $input) { id version tiers { code rank } } }`;

export const programOf = async (app: TestApp): Promise<{ id: string; version: number } | null> =>
  (await app.as('owner').data('{ membershipProgram { id version } }')).membershipProgram;

/** Begins the programme of the clinic, or changes it. */
export async function tryProgram(app: TestApp, program: object): ReturnType<Caller['query']> {
  const known = await programOf(app);
  if (!known) return app.as('owner').query(create, { input: { program } });
  return app.as('owner').query(update, { input: { id: known.id, program } });
}

export async function setProgram(app: TestApp, program: object): Promise<void> {
  const { errors } = await tryProgram(app, program);
  if (errors) throw new Error(JSON.stringify(errors));
  await app.settle();
}

/** As it runs in the night, to its end. */
export async function sweep(app: TestApp): Promise<void> {
  await app.staff.run(context => sweepTiers.run(undefined, context));
  await app.settle();
}

/** A visit that was completed now; answers its id. */
export async function visit(
  app: TestApp,
  patientId: string,
  amount: number,
  procedures: object[] = [],
): Promise<string> {
  const { id } = await app.staff.run(context => startVisit({ patientId }, context));
  await app.staff.run(context => completeVisit({ id, amount, procedures: procedures as never }, context));
  await app.settle();
  return id;
}

const member = `query ($id: ID!) { patient(id: $id) { member { tier { code } graceUntil } } }`;

export interface Seen {
  readonly tier: { readonly code: string };
  readonly graceUntil: string | null;
}

/** As the patient sees it. */
export const memberOf = async ({ id, self }: { id: string; self: Caller }): Promise<Seen | null> =>
  (await self.data(member, { id })).patient.member;

export const tierCodeOf = async (person: { id: string; self: Caller }): Promise<string | undefined> =>
  (await memberOf(person))?.tier.code;
