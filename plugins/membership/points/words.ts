import { registerEnumType } from 'type-graphql';

/** Every entry takes points from one account and gives them to another one: all accounts together come to zero, always. */
export const PointsAccount = {
  ISSUED: 'ISSUED',
  PENDING: 'PENDING',
  AVAILABLE: 'AVAILABLE',
  OWED: 'OWED',
  REDEEMED: 'REDEEMED',
  EXPIRED: 'EXPIRED',
  SETTLED: 'SETTLED',
  MOVED: 'MOVED',
} as const;
export type PointsAccount = keyof typeof PointsAccount;

registerEnumType(PointsAccount, {
  name: 'PointsAccount',
  description: 'Where points are. `PENDING`, `AVAILABLE` and `OWED` are the patient’s, the others are the programme’s.',
  valuesConfig: {
    ISSUED: { description: 'The programme, which gives points and takes them back.' },
    PENDING: { description: 'Promised to the patient: what they are for has not come to its end.' },
    AVAILABLE: { description: 'The patient’s, to be spent.' },
    OWED: { description: 'Taken back from the patient when they had been spent: later points make up for them.' },
    REDEEMED: { description: 'Spent on rewards.' },
    EXPIRED: { description: 'Not spent in time.' },
    SETTLED: { description: 'Used up to make up for points that were owed.' },
    MOVED: { description: 'On the way between two records of one patient, where those were merged.' },
  },
});

export const LedgerEntryKind = {
  EARN: 'EARN',
  RELEASE: 'RELEASE',
  REDEEM: 'REDEEM',
  RETURN: 'RETURN',
  EXPIRE: 'EXPIRE',
  ADJUST: 'ADJUST',
  REVERSE: 'REVERSE',
  SETTLE: 'SETTLE',
  IMPORT: 'IMPORT',
  MOVE: 'MOVE',
} as const;
export type LedgerEntryKind = keyof typeof LedgerEntryKind;

registerEnumType(LedgerEntryKind, {
  name: 'LedgerEntryKind',
  description: 'Why points went from one account to another.',
  valuesConfig: {
    EARN: { description: 'They were given for something.' },
    RELEASE: { description: 'What they were pending for came to its end: they can be spent.' },
    REDEEM: { description: 'They were spent on a reward.' },
    RETURN: { description: 'A reward was called off: they came back.' },
    EXPIRE: { description: 'They were not spent in time, or the data of the patient was erased.' },
    ADJUST: { description: 'Staff gave or took them, and said why.' },
    REVERSE: { description: 'They were taken back: what they were for was cancelled or paid back.' },
    SETTLE: { description: 'They made up for points that were owed.' },
    IMPORT: { description: 'They were brought along from an earlier system.' },
    MOVE: { description: 'Two records of one patient were merged, or that was undone.' },
  },
});
