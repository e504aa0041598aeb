import { registerEnumType } from 'type-graphql';

export const ReferralState = {
  INVITED: 'INVITED',
  JOINED: 'JOINED',
  QUALIFIED: 'QUALIFIED',
  REWARDED: 'REWARDED',
  VOID: 'VOID',
} as const;
export type ReferralState = keyof typeof ReferralState;

registerEnumType(ReferralState, {
  name: 'ReferralState',
  description: 'How far a referral has come.',
  valuesConfig: {
    INVITED: { description: 'Someone opened the invitation and went on. Nobody is known yet.' },
    JOINED: { description: 'The friend is a patient.' },
    QUALIFIED: { description: 'The friend’s first visit is completed.' },
    REWARDED: { description: 'All that was promised has been given.' },
    VOID: { description: 'It does not count, for the `reason`.' },
  },
});

/** From which state a referral can come to which: the one table of it, printed in the plugin's README. */
export const transitions: Readonly<Record<ReferralState, readonly ReferralState[]>> = {
  INVITED: ['JOINED', 'VOID'],
  JOINED: ['QUALIFIED', 'VOID'],
  QUALIFIED: ['REWARDED', 'JOINED', 'VOID'],
  REWARDED: ['JOINED', 'VOID'],
  VOID: [],
};

export const ReferralChannel = { LINK: 'LINK', QR: 'QR', CARD: 'CARD', DESK: 'DESK' } as const;
export type ReferralChannel = keyof typeof ReferralChannel;

registerEnumType(ReferralChannel, {
  name: 'ReferralChannel',
  description: 'How the code came to the friend.',
  valuesConfig: {
    LINK: { description: 'By the link.' },
    QR: { description: 'By the QR code on a screen.' },
    CARD: { description: 'By the printed card.' },
    DESK: { description: 'Said at the desk or on the phone.' },
  },
});

export const ReferralReview = { PASSED: 'PASSED', HELD: 'HELD', BLOCKED: 'BLOCKED' } as const;
export type ReferralReview = keyof typeof ReferralReview;

registerEnumType(ReferralReview, {
  name: 'ReferralReview',
  description: 'What the rules against fraud say.',
  valuesConfig: {
    PASSED: { description: 'Nothing, or staff let it pass.' },
    HELD: { description: 'Staff have to look at it, for the `reason`: nothing is given until then.' },
    BLOCKED: { description: 'It does not count, for the `reason`.' },
  },
});

export const ReferralSide = { ADVOCATE: 'ADVOCATE', FRIEND: 'FRIEND' } as const;
export type ReferralSide = keyof typeof ReferralSide;

registerEnumType(ReferralSide, {
  name: 'ReferralSide',
  description: 'For whom a reward is.',
  valuesConfig: {
    ADVOCATE: { description: 'Who invited.' },
    FRIEND: { description: 'Who came.' },
  },
});

export const ReferralRewardState = {
  PENDING: 'PENDING',
  GRANTED: 'GRANTED',
  HANDED_OVER: 'HANDED_OVER',
  REFUSED: 'REFUSED',
  REVERSED: 'REVERSED',
} as const;
export type ReferralRewardState = keyof typeof ReferralRewardState;

registerEnumType(ReferralRewardState, {
  name: 'ReferralRewardState',
  description: 'Where a reward stands.',
  valuesConfig: {
    PENDING: { description: 'It is kept back until the day on which it is due.' },
    GRANTED: { description: 'It was given: points are in the ledger, anything else waits at the desk.' },
    HANDED_OVER: { description: 'The desk handed it over.' },
    REFUSED: { description: 'The law that counts for who was to get it does not allow it.' },
    REVERSED: { description: 'It was taken back, as the visit was cancelled or paid back.' },
  },
});
