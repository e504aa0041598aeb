import { registerEnumType } from 'type-graphql';
import { contentKinds, type packIds, rewardKinds, verdicts } from './pack.ts';

const mirror = <T extends string>(values: readonly T[]): { [K in T]: K } =>
  Object.fromEntries(values.map(value => [value, value])) as { [K in T]: K };

export const CompliancePackId = { TW: 'tw', CN: 'cn', EU: 'eu', US: 'us', STRICT: 'strict' } as const satisfies Record<
  string,
  (typeof packIds)[number]
>;
export const ComplianceVerdict = mirror(verdicts);
export const ContentKind = mirror(contentKinds);
export const RewardKind = mirror(rewardKinds);

registerEnumType(CompliancePackId, {
  name: 'CompliancePackId',
  description: 'Whose law.',
  valuesConfig: {
    TW: { description: 'Taiwan.' },
    CN: { description: 'The People’s Republic of China.' },
    EU: { description: 'The European Union and the European Economic Area.' },
    US: { description: 'The United States.' },
    STRICT: { description: 'All of them at once.' },
  },
});

registerEnumType(ComplianceVerdict, {
  name: 'ComplianceVerdict',
  description: 'What the rules say of something.',
  valuesConfig: {
    PASS: { description: 'Nothing.' },
    WARN: { description: 'It may be done, and should be thought over.' },
    APPROVE: { description: 'It may be done once a named user has approved it.' },
    BLOCK: { description: 'It must not be done.' },
  },
});

registerEnumType(ContentKind, {
  name: 'ContentKind',
  description: 'What a text is for.',
  valuesConfig: {
    TEXT: { description: 'The text of a mail, a page or an offer.' },
    SUBJECT: { description: 'The subject of a mail, which others may read too.' },
    REVIEW_REPLY: { description: 'A public answer to a review.' },
  },
});

registerEnumType(RewardKind, {
  name: 'RewardKind',
  description: 'What a reward gives.',
  valuesConfig: {
    NON_MEDICAL_SERVICE: { description: 'A service that is no care: an earlier appointment, a seat in a lecture.' },
    POINTS: { description: 'Points that buy no money and no care.' },
    DISCOUNT: { description: 'Care for less.' },
    GIFT: { description: 'A thing.' },
    FREE_TREATMENT: { description: 'Care for nothing.' },
    CASH: { description: 'Money, or what is as good.' },
    PREPAID: { description: 'Care that is paid in advance.' },
  },
});
