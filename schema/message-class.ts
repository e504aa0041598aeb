/** What a mail rests on that needs no consent, and what says so. */
export interface MessageClass {
  readonly why: string;
  readonly citations: readonly string[];
}

const contract = [
  'TW PDPA (個人資料保護法) art. 19 (1) 2, art. 20 (1)',
  'CN PIPL (个人信息保护法) art. 13 (1) 2',
  'EU GDPR art. 6 (1) (b)',
  'US CAN-SPAM, 15 U.S.C. 7702 (17)',
] as const;

/** By the name that a delivery has after `message-class:`. Those of a purpose need none only until it is withdrawn. */
export const messageClasses: Readonly<Record<string, MessageClass>> = {
  care: {
    why: 'Care that the patient has asked for: bookings and changes of them, instructions.',
    citations: contract,
  },
  reminder: { why: 'A reminder of an appointment that the patient has booked.', citations: contract },
  account: { why: 'The patient’s own account and its safety.', citations: contract },
  'asked-for': { why: 'The owner of the address asked for it at that moment, and waits for it.', citations: contract },
  staff: { why: 'To someone who works for the clinic, about that work.', citations: contract },
};

/** Whether it is one of the two things on which a mail may rest: a consent, or a message class that needs none. */
export const isBasis = (basis: string | undefined): boolean =>
  basis !== undefined && (/^consent:[0-9a-f-]{36}$/.test(basis) || classOf(basis) !== undefined);

export const classOf = (basis: string): MessageClass | undefined => {
  const [, name = ''] = /^message-class:(.+)$/.exec(basis) ?? [];
  return Object.hasOwn(messageClasses, name) ? messageClasses[name] : undefined;
};
