import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { NewClinic, NewUser } from '../../api/database/clinic.ts';

const usage = `clinic-rapport init --slug sunny --name 晴日診所 --time-zone Asia/Taipei --locale zh-Hant --currency TWD
    --sender-address hello@clinic.example --owner-name 吳淑芬 --owner-email owner@clinic.example
    [--sender-name NAME] [--phone +886…] [--owner-subject ISSUER|SUB] [--login rapport_runtime] [--new-password] [--new-secret]`;

export interface Init {
  clinic: NewClinic;
  owner: Pick<NewUser, 'subject' | 'name' | 'email'>;
  /** Of the runtime, in PostgreSQL. */
  login: string;
  /** Give a login that is there already another password. */
  newPassword: boolean;
  /** Make a RAPPORT_SECRET and RAPPORT_KEYS, instead of taking the one of the environment. */
  newSecret: boolean;
}

const isTimeZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

const form = z.object({
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is 1 to 63 letters a to z, digits and hyphens'),
  name: z.string().min(1).max(200),
  'time-zone': z.string().refine(isTimeZone, 'is no IANA time zone, as Asia/Taipei'),
  locale: z.enum(['zh-Hant', 'zh-Hans', 'en']),
  currency: z.string().refine(code => Intl.supportedValuesOf('currency').includes(code), 'is no ISO 4217 code, as TWD'),
  'sender-name': z.string().min(1).max(200).optional(),
  'sender-address': z.email('is no mail address'),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'is no number as +886223456789')
    .optional(),
  'owner-name': z.string().min(1).max(200),
  'owner-email': z.email('is no mail address'),
  'owner-subject': z.string().min(1).max(255).optional(),
  login: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'is 1 to 63 letters a to z, digits and underscores')
    .default('rapport_runtime'),
});

/** The arguments of `init`, checked; throws one error that names all that is wrong. */
export function readInit(args: readonly string[]): Init {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { ...Object.fromEntries(Object.keys(form.shape).map(name => [name, text])) };
  const { values } = parseArgs({ args: [...args], options: { ...options, 'new-password': flag, 'new-secret': flag } });
  const checked = form.safeParse(values);
  if (!checked.success) throw new Error(faultsOf(checked.error));
  const given = checked.data;
  return {
    clinic: {
      slug: given.slug,
      name: given.name,
      timeZone: given['time-zone'],
      locale: given.locale,
      currency: given.currency,
      sender: { name: given['sender-name'] ?? given.name, address: given['sender-address'] },
      phone: given.phone,
    },
    owner: {
      // Within one installation an address is of one person, so this finds the same user again.
      subject: given['owner-subject'] ?? `init|${given['owner-email'].toLowerCase()}`,
      name: given['owner-name'],
      email: given['owner-email'],
    },
    login: given.login,
    newPassword: Boolean(values['new-password']),
    newSecret: Boolean(values['new-secret']),
  };
}

function faultsOf({ issues }: z.ZodError): string {
  const faults = issues.map(({ path: [name], code, message }) => {
    const isMissing = code === 'invalid_type';
    return `  --${String(name)} ${isMissing ? 'is missing' : message}`;
  });
  return `The arguments do not do:\n${faults.join('\n')}\nUsage: ${usage}`;
}
