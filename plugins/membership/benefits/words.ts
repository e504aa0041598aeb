import { registerEnumType } from 'type-graphql';
import type { RewardOffer } from 'clinic-rapport/schema';

/** None of them is care that a patient needs, or lets anyone come first to it: such a kind does not exist. */
export const BenefitKind = {
  DISCOUNT: 'DISCOUNT',
  GIFT: 'GIFT',
  SERVICE: 'SERVICE',
  CHECK_UP: 'CHECK_UP',
  PRIORITY: 'PRIORITY',
  EVENT: 'EVENT',
  STAFF_CALL: 'STAFF_CALL',
} as const;
export type BenefitKind = keyof typeof BenefitKind;

registerEnumType(BenefitKind, {
  name: 'MembershipBenefitKind',
  description: 'What a benefit gives beside the care that a patient needs, which is the same in every tier.',
  valuesConfig: {
    DISCOUNT: { description: 'Something for less.' },
    GIFT: { description: 'A thing.' },
    SERVICE: { description: 'A service that is no care: someone who looks after the appointments.' },
    CHECK_UP: { description: 'A check-up for nothing that nobody needs clinically.' },
    PRIORITY: {
      description:
        'Whoever has it is offered times that become free before others on the waitlist, but for those who need them.',
    },
    EVENT: { description: 'A seat in a lecture.' },
    STAFF_CALL: { description: 'Somebody of the clinic calls in person.' },
  },
});

/** What each kind is by the words of the law. */
export const rewardKindOf: Readonly<Record<BenefitKind, RewardOffer['kind']>> = {
  DISCOUNT: 'DISCOUNT',
  GIFT: 'GIFT',
  SERVICE: 'NON_MEDICAL_SERVICE',
  CHECK_UP: 'FREE_TREATMENT',
  PRIORITY: 'NON_MEDICAL_SERVICE',
  EVENT: 'NON_MEDICAL_SERVICE',
  STAFF_CALL: 'NON_MEDICAL_SERVICE',
};

export const BenefitPeriod = { ONCE: 'ONCE', MONTH: 'MONTH', QUARTER: 'QUARTER', YEAR: 'YEAR' } as const;
export type BenefitPeriod = keyof typeof BenefitPeriod;

registerEnumType(BenefitPeriod, {
  name: 'MembershipBenefitPeriod',
  description: 'How often members are given a benefit anew. Periods begin at midnight of the clinic.',
  valuesConfig: {
    ONCE: { description: 'Once, when the member comes to the tier.' },
    MONTH: { description: 'In every calendar month.' },
    QUARTER: { description: 'In every quarter of a calendar year.' },
    YEAR: { description: 'In every calendar year.' },
  },
});

export const MembershipGrantedBenefitState = {
  OPEN: 'OPEN',
  USED: 'USED',
  EXPIRED: 'EXPIRED',
  REVOKED: 'REVOKED',
} as const;
export type MembershipGrantedBenefitState = keyof typeof MembershipGrantedBenefitState;

registerEnumType(MembershipGrantedBenefitState, {
  name: 'MembershipGrantedBenefitState',
  description: 'Where a benefit of a patient stands.',
  valuesConfig: {
    OPEN: { description: 'The patient can use it.' },
    USED: { description: 'It was used as often as it can be.' },
    EXPIRED: { description: 'Its last day is over.' },
    REVOKED: { description: 'It was taken back: what it was given for was undone.' },
  },
});
