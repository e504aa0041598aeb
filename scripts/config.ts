import { z } from 'zod';
import { oidcIssuers } from '../api/auth/oidc.ts';
import { dkimKeys } from '../api/mail/dkim.ts';
import { masterKeys } from '../api/vault/master-keys.ts';

const whole = (from: number, to: number) => z.coerce.number().int().min(from).max(to);
const yesOrNo = z.enum(['yes', 'no']).transform(answer => answer === 'yes');

/** Values that stand in examples: known to everybody, so no secret. */
const examples = /change.?me|example|secret|password|demo|test|^(.)\1+$/i;

const secret = z
  .string()
  .min(32, 'has fewer than 32 characters')
  .refine(text => new Set(text).size >= 12, 'is too regular to be a secret: make one with `openssl rand -base64 33`')
  .refine(text => !examples.test(text), 'is an example and not a secret: make one with `openssl rand -base64 33`');

const database = z.url({ protocol: /^postgres(ql)?$/, error: 'is no URL as postgres://user:password@host:5432/name' });

/** Every variable of the environment that `serve` and `work` read. Shown in the README, which a test holds to this. */
export const variables = {
  DATABASE_URL: database.describe(
    'Login of the runtime: a member of `rapport_app` and `rapport_dispatch`, as `init` makes it.',
  ),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'is no URL as https://book.clinic.example' })
    .describe('Under which the world sees the platform; the base of links in mails.'),
  RAPPORT_SECRET: z
    .string()
    .transform(text => text.split(','))
    .pipe(z.array(secret).min(1))
    .describe(
      'Signs links and tokens; the same for all processes. Of several with commas between them the first signs, the others stay good.',
    ),
  RAPPORT_KEYS: masterKeys.describe(
    'Protect what is encrypted, see "Protected numbers": 32 bytes in base64, the same for all processes. Of several with commas between them the first protects what is new, the others still open. Lost, all of it is lost.',
  ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'is no URL as smtps://user:password@host:465' })
    .describe('The relay that takes mails. For `work`.'),
  RAPPORT_DKIM_KEYS: dkimKeys
    .prefault('[]')
    .describe(
      'Keys that sign mails, by the domain of the sender: a JSON list, see "Who gets no more mail". For `work`; none where the relay signs.',
    ),
  BOUNCE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is no domain, as bounces.clinic.example')
    .optional()
    .describe(
      'Takes the reports of mail servers, see "Who gets no more mail". For `work`; without it they go to the clinic’s own address.',
    ),
  PORT: whole(0, 65_535).default(4000).describe('Where the process listens; 0 for any that is free.'),
  HOST: z.string().default('0.0.0.0').describe('The address on which it listens.'),
  METRICS_PORT: whole(1, 65_535)
    .optional()
    .describe('Where `/metrics` is, apart from PORT, so that no balancer shows it to the world; none without it.'),
  PROXIES: whole(0, 10)
    .default(0)
    .describe('How many proxies stand in front, each of which adds to `x-forwarded-for`.'),
  POINTS_PER_MINUTE: whole(10_000, 1_000_000_000)
    .default(60_000)
    .describe('What one credential may spend in a minute, in points of `extensions.cost`.'),
  OIDC_ISSUERS: oidcIssuers
    .prefault('[]')
    .describe('Identity providers whose tokens count: a JSON list, see "Signing in".'),
  LOCAL_ISSUER: yesOrNo
    .default(true)
    .describe('`no`: tokens come from OIDC_ISSUERS alone, and nobody signs in by a mailed link.'),
  INTROSPECTION: yesOrNo
    .default(true)
    .describe('`no`: the schema is not told, neither by introspection nor by errors.'),
  DRAIN_SECONDS: whole(0, 30)
    .default(3)
    .describe('For how long `serve` goes on after SIGTERM, while balancers notice.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('From which level on is logged.'),
} as const;

export type Config = { [Name in keyof typeof variables]: z.infer<(typeof variables)[Name]> };

/** What is asked of the environment, checked. Throws one error that names all that is wrong, and no value of it. */
export function readConfig<const Name extends keyof Config>(
  names: readonly Name[],
  environment = process.env,
): Pick<Config, Name> {
  const wanted = z.object(Object.fromEntries(names.map(name => [name, variables[name]])));
  const given = wanted.safeParse(Object.fromEntries(names.map(name => [name, environment[name] || undefined])));
  if (given.success) return given.data as unknown as Pick<Config, Name>;
  const faults = given.error.issues.map(({ path, code, message }) => {
    const isMissing = code === 'invalid_type' && environment[path[0] as string] === undefined;
    return `${path.join('.')} ${isMissing ? 'is missing' : message}`;
  });
  throw new Error(`The environment does not do:\n${[...new Set(faults)].map(fault => `  ${fault}`).join('\n')}`);
}
