import type { Context } from 'clinic-rapport';
import { clinicOf } from 'clinic-rapport/schema';
import { codeOf, type ReferralCode } from './code.ts';
import type { ReferralChannel } from './words.ts';

async function pageOf({ code }: ReferralCode, context: Context): Promise<string> {
  return `${context.origin}/refer/${(await clinicOf(context)).slug}/${code}`;
}

/** What a friend opens; the channel is counted. Absolute. */
export async function codeUrl(code: ReferralCode, channel: ReferralChannel, context: Context): Promise<string> {
  const via = channel === 'LINK' ? '' : `?via=${channel.toLowerCase()}`;
  return `${await pageOf(code, context)}${via}`;
}

/** A page to print. Absolute. */
export const cardUrl = async (code: ReferralCode, context: Context): Promise<string> =>
  `${await pageOf(code, context)}/card`;

/** The same code as a picture. Absolute. */
export const qrUrl = async (code: ReferralCode, type: 'svg' | 'png', context: Context): Promise<string> =>
  `${await pageOf(code, context)}/qr.${type}`;

/** The link of a patient, for mails and pages of other plugins; a code is made where there is none. Needs a transaction. */
export const referralLinkOf = async (patientId: string, context: Context): Promise<string> =>
  codeUrl(await codeOf(patientId, context), 'LINK', context);
