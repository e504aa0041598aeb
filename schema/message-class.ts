import type { Mail, Recipient } from 'clinic-rapport';
import type { Purpose } from './consent.ts';
import type { CompliancePack, MessageClass } from './compliance/pack.ts';
import { isPackId, packs } from './compliance/packs.ts';

/** Mails that need no consent. What says so is in the packs, by the class that it is of there. */
interface Kind {
  readonly of: MessageClass;
  readonly why: string;
}

/** By the name that a delivery has after `message-class:`. Those of a purpose need none only until it is withdrawn. */
export const kinds: Readonly<Record<string, Kind>> = {
  care: { of: 'CARE', why: 'Care that the patient has asked for: bookings and changes of them, instructions.' },
  reminder: { of: 'REMINDER', why: 'A reminder of an appointment that the patient has booked.' },
  account: { of: 'ACCOUNT', why: 'The patient’s own account and its safety.' },
  'asked-for': { of: 'ACCOUNT', why: 'The owner of the address asked for it at that moment, and waits for it.' },
  staff: { of: 'ACCOUNT', why: 'To someone who works for the clinic, about that work.' },
};

/** What a mail rested on that needed no consent. */
export interface MessageBasis {
  /** A key of `kinds`. */
  readonly name: string;
  readonly why: string;
  /** Those that were asked, with the version in which they were: `tw 2026.1`. */
  readonly packs: readonly string[];
  /** What they say today. */
  readonly citations: readonly string[];
}

/** Whether the purpose needs a consent that was given, by any of the packs; what none of them knows does. */
export const needsConsent = (purpose: Purpose, asked: readonly CompliancePack[]): boolean =>
  asked.some(({ messageClasses }) => (messageClasses[purpose as MessageClass]?.consent ?? 'GIVEN') === 'GIVEN');

/** As a delivery keeps it: the class, and the packs that say so: `message-class:care@tw-2026.1+eu-2026.1`. */
export const basisOfClass = (name: string, asked: readonly CompliancePack[]): string =>
  `message-class:${name}@${asked.map(({ id, version }) => `${id}-${version}`).join('+')}`;

/** What such a text says; undefined for any other. A plugin that knows where to reach someone need not name the packs. */
export function messageBasis(basis: string): MessageBasis | undefined {
  const [, name = '', list = ''] = /^message-class:([a-z-]+)(?:@([a-z0-9.+-]+))?$/.exec(basis) ?? [];
  if (!Object.hasOwn(kinds, name)) return undefined;
  const { of, why } = kinds[name]!;
  const named = list === '' ? [] : list.split('+').map(text => text.split('-') as [string, string]);
  const known = named.map(([id]) => id).filter(isPackId);
  if (known.length < named.length) return undefined;
  const citations = known.map(id => `${packs[id].messageClasses[of].citation} (${id})`);
  return { name, why, packs: named.map(([id, version]) => `${id} ${version}`), citations };
}

/** Whether it is one of the things on which this mail may rest: a consent, or a message class that needs none and fits. */
export function mayRestOn(basis: string | undefined, { purpose, stream }: Mail<any>, to: Recipient): boolean {
  if (basis === undefined) return false;
  if (/^consent:[0-9a-f-]{36}$/.test(basis)) return 'patientId' in to;
  // An offer rests on a consent, whoever it is that gets it.
  if (stream === 'marketing') return false;
  const { name } = messageBasis(basis) ?? {};
  if (name === 'staff') return 'userId' in to;
  if (name === 'asked-for') return 'address' in to;
  return name === purpose;
}
