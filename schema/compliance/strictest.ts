import { messageClasses, packIds, type ClassRule, type CompliancePack, type MessageClass } from './pack.ts';

const consents: readonly ClassRule['consent'][] = ['NONE', 'IMPLIED', 'GIVEN'];

/** All that any of the packs demands: its rules together, and of each value the one that protects the patient most. */
export function strictest(packs: readonly CompliancePack[]): Omit<CompliancePack, 'id' | 'version'> {
  const union = <T>(of: (pack: CompliancePack) => readonly T[]): T[] => [...new Set(packs.flatMap(of))];
  const least = <T>(values: readonly T[], of: (value: T) => number): T =>
    values.reduce((best, value) => (of(value) < of(best) ? value : best));
  const from = least(packs, ({ quietHours }) => minutes(quietHours.from)).quietHours;
  const to = least(packs, ({ quietHours }) => -minutes(quietHours.to)).quietHours;
  return {
    countries: union(({ countries }) => countries),
    noticeFields: union(({ noticeFields }) => noticeFields),
    messageClasses: Object.fromEntries(
      messageClasses.map(name => [
        name,
        least(
          packs.map(({ messageClasses: classes }) => classes[name]),
          ({ consent }) => -consents.indexOf(consent),
        ),
      ]),
    ) as Record<MessageClass, ClassRule>,
    quietHours: { from: from.from, to: to.to, citation: [...new Set([from.citation, to.citation])].join('; ') },
    frequencyCap: least(packs, ({ frequencyCap: { mails, days } }) => mails / days).frequencyCap,
    contentRules: union(({ contentRules }) => contentRules),
    rewardRules: union(({ rewardRules }) => rewardRules),
    reviewRules: union(({ reviewRules }) => reviewRules),
    retention: union(({ retention }) => retention),
    breach: least(packs, ({ breach }) => breach.hours).breach,
    trackingDefault: packs.some(({ trackingDefault }) => trackingDefault === 'OFF') ? 'OFF' : 'ON',
    requiredFooters: union(({ requiredFooters }) => requiredFooters),
    idPatterns: union(({ idPatterns }) => idPatterns),
  };
}

/** Packs in the order in which they are listed everywhere. */
export const inOrder = (packs: readonly CompliancePack[]): CompliancePack[] =>
  packs.toSorted((a, b) => packIds.indexOf(a.id) - packIds.indexOf(b.id));

/** Quiet hours begin in the evening and end in the morning. */
const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
