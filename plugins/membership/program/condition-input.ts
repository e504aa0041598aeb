import { badInput } from 'clinic-rapport';
import type { TierCondition } from './condition.ts';
import { longestWindow, type TierConditionInput } from './program-input.ts';
import type { TierConditionKind } from './words.ts';

const mostNamed = 50;
const most: Record<TierConditionKind, number> = {
  SPEND: 1_000_000_000,
  VISITS: 10_000,
  ITEM: 10_000,
  ENGAGEMENT: 10_000,
  TENURE: 36_500,
};

/** As it is stored. Throws BAD_USER_INPUT for one that cannot hold, or holds of everybody. */
export function readCondition(input: TierConditionInput, at: string): TierCondition {
  const { kind, atLeast, days = null } = input;
  if (atLeast < 1 || atLeast > most[kind]) {
    throw badInput(`${at}.atLeast`, `\`${at}.atLeast\` must be 1 to ${most[kind]} for ${kind}.`);
  }
  refuseWindow(input, at);
  return { kind, atLeast, days, ...listsOf(input, at) };
}

function refuseWindow({ kind, atLeast, days }: TierConditionInput, at: string): void {
  const field = `${at}.days`;
  if (days == null) return;
  if (kind === 'TENURE') throw badInput(field, 'How long a patient is known has no window.');
  if (days < 1 || days > longestWindow) throw badInput(field, `A window has 1 to ${longestWindow} days.`);
  if ((kind === 'VISITS' || kind === 'ITEM') && atLeast > days) {
    throw badInput(field, `Nobody comes ${atLeast} times in ${days} days: a visit on each day at most.`);
  }
}

function listsOf(
  { kind, engagements, serviceIds, procedureCodes }: TierConditionInput,
  at: string,
): Pick<TierCondition, 'engagements' | 'services' | 'procedures'> {
  const lists = {
    engagements: listOf(engagements, `${at}.engagements`),
    services: listOf(serviceIds, `${at}.serviceIds`),
    procedures: listOf(procedureCodes, `${at}.procedureCodes`),
  };
  const { engagements: done, services, procedures } = lists;
  refuseStray(kind !== 'ENGAGEMENT' && done.length > 0, `${at}.engagements`, kind);
  refuseStray(kind !== 'ITEM' && services.length > 0, `${at}.serviceIds`, kind);
  refuseStray(kind !== 'ITEM' && procedures.length > 0, `${at}.procedureCodes`, kind);
  if (kind === 'ENGAGEMENT' && done.length === 0) throw badInput(`${at}.engagements`, 'Say which kinds count.');
  if (kind === 'ITEM' && services.length + procedures.length === 0) {
    throw badInput(`${at}.serviceIds`, 'Say which services or procedures count.');
  }
  return lists;
}

function refuseStray(isStray: boolean, field: string, kind: TierConditionKind): void {
  if (isStray) throw badInput(field, `\`${field}\` says nothing of ${kind}.`);
}

function listOf<T extends string>(given: readonly T[] | null | undefined, field: string): readonly T[] {
  const list = [...new Set(given ?? [])].toSorted();
  if (list.length > mostNamed) throw badInput(field, `At most ${mostNamed} can be named.`);
  if (list.some(name => name.trim() === '' || name.length > 50))
    throw badInput(field, 'A name has 1 to 50 characters.');
  return list;
}
