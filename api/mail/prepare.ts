import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import { locales, type Addressee, type Fields, type Locale, type Mail, type Recipient, type Withheld } from '../plugin.ts';
import { withTimeLimit } from '../work/time-limit.ts';
import { checkedAddress } from './address.ts';
import type { Claimed } from './claim.ts';
import { composeMessage } from './message.ts';
import { render } from './render.ts';
import type { Envelope } from './transport.ts';

/** A message that may be sent now. */
export interface Ready {
  readonly id: string;
  readonly envelope: Envelope;
  readonly basis?: string;
  readonly locale: Locale;
}

/** Milliseconds that one plugin may take to say whether a mail is withheld, and to read what it says. */
const timeLimit = 5_000;

/**
 * Asks everything that decides whether a mail is sent, now, and not when it was planned: is there an address, does a plugin
 * withhold it, is there still something to say. Answers the finished message, or the reason why there is none.
 */
export async function prepare(delivery: Claimed, context: PlatformContext, platform: Platform): Promise<Ready | Withheld> {
  const { mail, plugin } = mailOf(delivery.mail, platform) ?? {};
  if (!mail || !plugin) return { withheld: 'MAIL_NOT_INSTALLED' };
  if (!context.enabled.has(plugin)) return { withheld: 'PLUGIN_NOT_ENABLED' };
  const to = recipientOf(delivery);
  if (!to) return { withheld: 'NO_RECIPIENT' };
  const addressee = await addresseeOf(to, mail, context, platform);
  if (!addressee) return { withheld: 'NO_ADDRESS' };
  const reason = await reasonToWithhold(mail, to, context, platform);
  if (reason) return { withheld: reason };
  const locale = locales.find(known => known === addressee.locale) ?? 'en';
  const fields = await withTimeLimit(timeLimit, mail.name, () => mail.fields(delivery.data, context, locale));
  if (isWithheld(fields)) return fields;
  const rendered = await render(mail, locale, fields);
  const from = await senderOf(context);
  const address = checkedAddress(addressee.address);
  const raw = composeMessage({ ...rendered, messageId: delivery.message_id, date: context.now, from, to: { name: addressee.name, address }, locale });
  return { id: delivery.id, envelope: { from: from.address, to: address, raw }, basis: addressee.basis, locale };
}

function mailOf(name: string, { plugins }: Platform): { mail: Mail<any>; plugin: string } | undefined {
  for (const plugin of plugins) {
    const mail = plugin.mails?.find(known => known.name === name);
    if (mail) return { mail, plugin: plugin.name };
  }
  return undefined;
}

function recipientOf({ patient_id, related_person_id, user_id, address, recipient_name, locale }: Claimed): Recipient | undefined {
  if (patient_id) return { patientId: patient_id };
  if (related_person_id) return { relatedPersonId: related_person_id };
  if (user_id) return { userId: user_id };
  return address ? { address, name: recipient_name ?? undefined, locale: (locale as Locale | null) ?? undefined } : undefined;
}

async function addresseeOf(to: Recipient, mail: Mail<any>, context: PlatformContext, { plugins }: Platform): Promise<Addressee | undefined> {
  for (const plugin of plugins) {
    if (!context.enabled.has(plugin.name)) continue;
    const answer = await plugin.address?.(to, mail, context);
    if (answer) return answer;
  }
  return undefined;
}

/** Whoever does not answer in time has not agreed: the error brings the mail back into the queue. */
async function reasonToWithhold(mail: Mail<any>, to: Recipient, context: PlatformContext, { plugins }: Platform): Promise<string | undefined> {
  for (const plugin of plugins) {
    if (!plugin.withhold || !context.enabled.has(plugin.name)) continue;
    const reason = await withTimeLimit(timeLimit, `withhold of '${plugin.name}'`, () => plugin.withhold!(mail, to, context));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const isWithheld = (fields: Fields | Withheld): fields is Withheld => typeof fields['withheld'] === 'string';

async function senderOf({ em, clinicId }: PlatformContext): Promise<{ name: string; address: string }> {
  const rows = await em.execute<{ sender_name: string; sender_address: string }[]>('select sender_name, sender_address from clinic where id = ?', [clinicId]);
  return { name: rows[0]!.sender_name, address: checkedAddress(rows[0]!.sender_address) };
}
