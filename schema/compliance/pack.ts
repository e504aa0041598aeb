import type { Localized } from '../localized-text.ts';

/** Ids of the packs; `strict` is all of them together, and what a clinic has that chose none. */
export const packIds = ['tw', 'cn', 'eu', 'us', 'strict'] as const;
export type PackId = (typeof packIds)[number];

/** What becomes of something: the later in the list, the stricter. */
export const verdicts = ['PASS', 'WARN', 'APPROVE', 'BLOCK'] as const;
export type Verdict = (typeof verdicts)[number];
export type Severity = Exclude<Verdict, 'PASS'>;

/** What a text is for: what is read before a mail is opened tells more people. */
export const contentKinds = ['TEXT', 'SUBJECT', 'REVIEW_REPLY'] as const;
export type ContentKind = (typeof contentKinds)[number];

export const rewardKinds = [
  'NON_MEDICAL_SERVICE',
  'POINTS',
  'DISCOUNT',
  'GIFT',
  'FREE_TREATMENT',
  'CASH',
  'PREPAID',
] as const;
export type RewardKind = (typeof rewardKinds)[number];

/** One rule, with where it comes from. */
export interface Rule {
  /** Begins with its pack: `tw.gift`. */
  readonly id: string;
  readonly severity: Severity;
  /** Statute, notice or decision. */
  readonly citation: string;
  /** The day from which on it has been in force, as far as known: `2005-03-17`. */
  readonly since?: string;
  /** What it asks, for who wrote the text. */
  readonly words: Required<Localized>;
}

export interface ContentRule extends Rule {
  /** Found in the normal form of the text (NFKC, lower case, no gaps within Chinese words). */
  readonly pattern: RegExp;
  /** Harmless words in which the pattern would be found. */
  readonly except?: RegExp;
  /** All kinds if not given. */
  readonly kinds?: readonly ContentKind[];
}

export interface RewardRule extends Rule {
  readonly kinds: readonly RewardKind[];
  /** Counts only for what is announced to the public, or only for what is not. */
  readonly announced?: boolean;
}

/** What a mail is, by its purpose: decides what it rests on. */
export const messageClasses = ['ACCOUNT', 'CARE', 'REMINDER', 'MARKETING', 'HEALTH_DATA_MARKETING'] as const;
export type MessageClass = (typeof messageClasses)[number];

export interface ClassRule {
  /** `NONE` where none is needed, `IMPLIED` where it counts until it is withdrawn, `GIVEN` where it must have been given. */
  readonly consent: 'NONE' | 'IMPLIED' | 'GIVEN';
  readonly citation: string;
}

/** For how long something is kept at least. */
export interface RetentionRule {
  readonly what: string;
  readonly kind: 'MEDICAL_RECORD' | 'INCIDENT_RECORD' | 'DOCUMENTATION';
  readonly years: number;
  /** Of who was a minor, at least so long after coming of age. */
  readonly fromMajority?: boolean;
  readonly citation: string;
}

/** The law of one jurisdiction as far as a clinic's messages and offers touch it: data, never a branch in code. */
export interface CompliancePack {
  readonly id: PackId;
  /** Goes up with each change of a rule. */
  readonly version: string;
  /** ISO 3166-1 codes of the countries where its patients live. */
  readonly countries: readonly string[];
  /** What a notice must say. */
  readonly noticeFields: readonly string[];
  readonly messageClasses: Readonly<Record<MessageClass, ClassRule>>;
  /** Nothing but what the patient waits for is sent from `from` to `to`, in the patient's zone: `21:00`. */
  readonly quietHours: { readonly from: string; readonly to: string; readonly citation: string };
  /** The most marketing mails in so many days. */
  readonly frequencyCap: { readonly mails: number; readonly days: number; readonly citation: string };
  readonly contentRules: readonly ContentRule[];
  readonly rewardRules: readonly RewardRule[];
  /** Of answers to public reviews. */
  readonly reviewRules: readonly Rule[];
  readonly retention: readonly RetentionRule[];
  readonly breach: { readonly hours: number; readonly threshold: string; readonly citation: string };
  /** Whether opens and clicks may be counted of who did not say. */
  readonly trackingDefault: 'OFF' | 'ON';
  /** What every marketing mail must carry. */
  readonly requiredFooters: readonly string[];
  /** Identifiers that must never stand in a mail. */
  readonly idPatterns: readonly ('TW_ID' | 'TW_NHI_CARD' | 'CN_ID')[];
}
