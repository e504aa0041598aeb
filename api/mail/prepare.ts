import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import {
  locales,
  type Addressee,
  type Fields,
  type InspectedMessage,
  type Loader,
  type Locale,
  type Mail,
  type Preferences,
  type Recipient,
  type Sending,
  type Withheld,
} from '../plugin.ts';
import { wireAddress } from './address.ts';
import type { Ask } from './ask.ts';
import { keep, type Kept } from './archive.ts';
import type { Claimed } from './claim.ts';
import { composeMessage } from './message.ts';
import { pauseOf, type Deferred } from './pace.ts';
import { renderForMessage } from './render.ts';
import { SendError, type Envelope } from './transport.ts';

/** A message that may be sent now. */
export interface Ready {
  readonly id: string;
  readonly envelope: Envelope;
  readonly basis: string;
  /** When it was asked whether it may be sent. */
  readonly decidedAt: Date;
  /** When the recipient proved to own the address. */
  readonly verifiedAt?: Date;
  readonly snapshot?: string;
  readonly locale: Locale;
  readonly kept?: Kept;
}

/** Answers the finished message, or the reason why there is none, or not now. Throws a `PluginFault`. */
export type Prepare = (delivery: Claimed, context: PlatformContext) => Promise<Ready | Withheld | Deferred>;

interface Installed {
  readonly mail: Mail<any>;
  readonly plugin: string;
}

/**
 * Asks everything that decides whether a mail is sent, now, and not when it was planned: is there an address, does a plugin
 * withhold it, is there still something to say. Who does not answer has not agreed: nothing is sent then.
 */
export function createPrepare({ plugins }: Pick<Platform, 'plugins'>, ask: Ask): Prepare {
  const installed = new Map(
    plugins.flatMap(({ name: plugin, mails = [] }) => mails.map(mail => [mail.name, { mail, plugin }])),
  );

  const addresseeOf = async (
    to: Recipient,
    mail: Mail<any>,
    context: PlatformContext,
  ): Promise<Addressee | undefined> => {
    for (const { name, address } of plugins) {
      const answer =
        address && context.enabled.has(name) && (await ask(name, 'address', () => address(to, mail, context)));
      if (answer) return answer;
    }
    return undefined;
  };

  const reasonToWithhold = async (
    to: Recipient,
    mail: Mail<any>,
    context: PlatformContext,
    addressee: Addressee,
  ): Promise<string | undefined> => {
    for (const { name, withhold } of plugins) {
      const reason =
        withhold &&
        context.enabled.has(name) &&
        (await ask(name, 'withhold', () => withhold(mail, to, context, addressee)));
      const first = typeof reason === 'object' ? reason[0] : reason;
      if (first) return first;
    }
    return undefined;
  };

  const preferencesOf = async (sending: Sending, context: PlatformContext): Promise<Preferences | undefined> => {
    for (const { name, preferences } of plugins) {
      const answer =
        preferences &&
        context.enabled.has(name) &&
        (await ask(name, 'preferences', () => preferences(sending, context)));
      if (answer) return answer;
    }
    return undefined;
  };

  const reasonToRefuse = async (
    message: InspectedMessage,
    to: Recipient,
    context: PlatformContext,
  ): Promise<string | undefined> => {
    for (const { name, inspect } of plugins) {
      const reason =
        inspect && context.enabled.has(name) && (await ask(name, 'inspect', () => inspect(message, to, context)));
      if (reason) return reason;
    }
    return undefined;
  };

  const reasonToWait = async (
    mail: Mail<any>,
    to: Recipient,
    { id, deferred_since }: Claimed,
    context: PlatformContext,
  ): Promise<Withheld | Deferred | undefined> => {
    const deferredSince = deferred_since === null ? undefined : new Date(deferred_since);
    const pause = await pauseOf(plugins, { mail, to, deliveryId: id, deferredSince }, context, ask);
    if (!pause) return undefined;
    return pause.until ? { deferred: pause.until, reason: pause.reason } : { withheld: pause.reason };
  };

  const compose = async (
    { mail, plugin }: Installed,
    delivery: Claimed,
    to: Destination,
    context: PlatformContext,
  ): Promise<Ready | Withheld> => {
    const { id, message_id: messageId, data } = delivery;
    const fields = (await ask<Fields | Withheld>(plugin, 'fields', () => mail.fields(data, context, to.locale)))!;
    if (isWithheld(fields)) return fields;
    const calendar = mail.calendar && (await ask(plugin, 'calendar', () => mail.calendar!(data, context, to.locale)));
    const preferences = await preferencesOf({ mail, to: to.recipient, deliveryId: id }, context);
    const all = { ...fields, preferencesUrl: preferences?.url, imprint: preferences?.imprint };
    const rendered = await renderForMessage(mail, to.locale, all);
    const { subject, preview, fixed, text } = rendered;
    const merged = `${mergedOf(fields)}\n${calendar?.text ?? ''}`;
    const refused = await reasonToRefuse({ mail, subject, preview, fixed, text, merged }, to.recipient, context);
    if (refused) return { withheld: refused };
    const from = await senderOf(context);
    const oneClickUrl = preferences?.oneClick ? preferences.url : undefined;
    const raw = composeMessage({
      ...rendered,
      messageId,
      date: context.now,
      from,
      to,
      locale: to.locale,
      oneClickUrl,
      calendar,
    });
    const { basis, verifiedAt, snapshot, locale } = to;
    return {
      id,
      envelope: { from: from.address, to: to.address, raw, returnPath: returnPathOf(id, context) },
      basis,
      decidedAt: context.now,
      verifiedAt,
      snapshot,
      locale,
      kept: await keep({ mail, to: to.recipient, template: rendered.template, fields: all }, context),
    };
  };

  return async (delivery, context) => {
    const known = installed.get(delivery.mail);
    if (!known) return { withheld: 'MAIL_NOT_INSTALLED' };
    if (!context.enabled.has(known.plugin)) return { withheld: 'PLUGIN_NOT_ENABLED' };
    const to = recipientOf(delivery);
    const addressee = to && (await addresseeOf(to, known.mail, context));
    if (!to || !addressee) return { withheld: 'NO_ADDRESS' };
    const reason = await reasonToWithhold(to, known.mail, context, addressee);
    if (reason) return { withheld: reason };
    const destination = destinationOf(addressee, to, known.mail);
    if ('withheld' in destination) return destination;
    const pause = await reasonToWait(known.mail, to, delivery, context);
    return pause ?? compose(known, delivery, destination, context);
  };
}

const returnPathOf = (deliveryId: string, { clinicId, platform }: PlatformContext): string | undefined =>
  platform.returnPaths.addressOf({ clinicId, deliveryId });

interface Destination {
  readonly recipient: Recipient;
  readonly address: string;
  readonly name?: string;
  readonly locale: Locale;
  readonly basis: string;
  readonly verifiedAt?: Date;
  readonly snapshot?: string;
}

function destinationOf(
  { address, name, locale, verified, verifiedAt, basis, snapshot }: Addressee,
  recipient: Recipient,
  { purpose }: Mail<any>,
): Destination | Withheld {
  if (!verified && purpose !== 'verification') return { withheld: 'ADDRESS_UNVERIFIED' };
  if (!basis) return { withheld: 'BASIS_MISSING' };
  const wire = wireAddress(address);
  if ('obstacle' in wire) return { withheld: wire.obstacle };
  const reader = locales.find(known => known === locale) ?? 'en';
  return { recipient, address: wire.address, name, locale: reader, basis, verifiedAt, snapshot };
}

function recipientOf({
  patient_id,
  related_person_id,
  user_id,
  address,
  recipient_name,
  locale,
}: Claimed): Recipient | undefined {
  if (patient_id) return { patientId: patient_id };
  if (related_person_id) return { relatedPersonId: related_person_id };
  if (user_id) return { userId: user_id };
  return address
    ? { address, name: recipient_name ?? undefined, locale: (locale as Locale | null) ?? undefined }
    : undefined;
}

/** What the page has in its attributes is not in its text: so the fields are read as they are. */
function mergedOf(fields: Fields): string {
  return Object.values(fields)
    .flat()
    .map(value => (typeof value === 'object' ? mergedOf(value as Fields) : String(value ?? '')))
    .join('\n');
}

const isWithheld = (fields: Fields | Withheld): fields is Withheld => typeof fields['withheld'] === 'string';

async function senderOf({ load, clinicId }: PlatformContext): Promise<{ name: string; address: string }> {
  const { sender_name: name, sender_address: address } = await load(senders, clinicId);
  const wire = wireAddress(address);
  // Of the clinic's settings, not of this mail: once they are mended, it is sent.
  if ('obstacle' in wire) throw new SendError('again', 'SENDER_INVALID');
  return { name, address: wire.address };
}

interface Sender {
  readonly id: string;
  readonly sender_name: string;
  readonly sender_address: string;
}

/** Read once for the mails that are prepared together. */
const senders: Loader<string, Sender> = async (ids, { em }) => {
  const rows = await em.execute<Sender[]>(
    'select id, sender_name, sender_address from clinic where id = any(?::uuid[])',
    [`{${ids.join()}}`],
  );
  return ids.map(id => rows.find(row => row.id === id)!);
};
