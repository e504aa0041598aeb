import { registerEnumType } from 'type-graphql';

export const TierConditionKind = {
  SPEND: 'SPEND',
  VISITS: 'VISITS',
  ITEM: 'ITEM',
  ENGAGEMENT: 'ENGAGEMENT',
  TENURE: 'TENURE',
} as const;
export type TierConditionKind = keyof typeof TierConditionKind;

registerEnumType(TierConditionKind, {
  name: 'TierConditionKind',
  description: 'What a condition of a tier counts.',
  valuesConfig: {
    SPEND: { description: 'What completed visits cost, without what was paid back, in minor units.' },
    VISITS: { description: 'Completed visits.' },
    ITEM: { description: 'Completed visits in which one of the named services or procedures was done.' },
    ENGAGEMENT: { description: 'Things that the patient did beside visits: each of the named kinds, every time.' },
    TENURE: { description: 'Days since the registration, or since the first visit where that was earlier.' },
  },
});

export const Engagement = {
  CONFIRMED: 'CONFIRMED',
  ANSWERED: 'ANSWERED',
  ATTENDED: 'ATTENDED',
  REFERRED: 'REFERRED',
  REVIEWED: 'REVIEWED',
} as const;
export type Engagement = keyof typeof Engagement;

registerEnumType(Engagement, {
  name: 'MembershipEngagement',
  description: 'Something that a patient did beside visits.',
  valuesConfig: {
    CONFIRMED: { description: 'Confirmed an appointment.' },
    ANSWERED: { description: 'Answered a questionnaire.' },
    ATTENDED: { description: 'Kept an appointment, or came to a lecture.' },
    REFERRED: { description: 'Brought a friend who became a patient.' },
    REVIEWED: { description: 'Told the clinic how it was.' },
  },
});

export const TierCombination = { ANY: 'ANY', ALL: 'ALL' } as const;
export type TierCombination = keyof typeof TierCombination;

registerEnumType(TierCombination, {
  name: 'TierCombination',
  description: 'How many conditions of a tier must hold.',
  valuesConfig: { ANY: { description: 'One of them.' }, ALL: { description: 'All of them.' } },
});

export const TierDescent = { STEP: 'STEP', EARNED: 'EARNED' } as const;
export type TierDescent = keyof typeof TierDescent;

registerEnumType(TierDescent, {
  name: 'TierDescent',
  description: 'How far a member goes down whose grace is over.',
  valuesConfig: {
    STEP: { description: 'One tier, which is kept for another period of grace.' },
    EARNED: { description: 'To the tier whose conditions hold.' },
  },
});

export const TierChangeReason = {
  JOINED: 'JOINED',
  REACHED: 'REACHED',
  LOST: 'LOST',
  PROGRAM: 'PROGRAM',
  MERGED: 'MERGED',
} as const;
export type TierChangeReason = keyof typeof TierChangeReason;

registerEnumType(TierChangeReason, {
  name: 'TierChangeReason',
  description: 'Why a member came to a tier.',
  valuesConfig: {
    JOINED: { description: 'The patient became a member.' },
    REACHED: { description: 'The conditions of a higher tier held.' },
    LOST: { description: 'The conditions held no longer, and the grace was over.' },
    PROGRAM: { description: 'The programme has other tiers now.' },
    MERGED: { description: 'Another record of the same patient had a higher tier.' },
  },
});
