import type { PlatformContext } from '../context.ts';
import type { Addressee, Context, Mail, Plugin, Recipient } from '../plugin.ts';
import { createAsk } from './ask.ts';
import { pauseOf } from './pace.ts';
import { Breaker } from '../work/breaker.ts';

/** One thing that keeps a mail from being sent now. */
export interface Stop {
  /** As a delivery has it: `CONSENT_WITHDRAWN`. */
  readonly reason: string;
  /** Who says so: a plugin's name; `platform` for the platform itself. */
  readonly plugin: string;
}

const nowhere: Addressee = { address: '', locale: 'en', verified: false };

/**
 * All that would keep this mail from going to this recipient if it were due now, and not the first of it alone, as a delivery
 * has it. Asks who is asked when mails are sent. None for one that may go; what it says may still be out of date then.
 */
export async function stopsOf(mailName: string, to: Recipient, context: Context): Promise<Stop[]> {
  const { platform, enabled } = context as PlatformContext;
  const owner = platform.plugins.find(({ mails = [] }) => mails.some(({ name }) => name === mailName));
  const mail = owner?.mails?.find(({ name }) => name === mailName);
  if (!owner || !mail) return [{ reason: 'MAIL_NOT_INSTALLED', plugin: 'platform' }];
  const stops: Stop[] = enabled.has(owner.name) ? [] : [{ reason: 'PLUGIN_NOT_ENABLED', plugin: 'platform' }];
  const asked = platform.plugins.filter(({ name }) => enabled.has(name));
  const ask = createAsk(platform.clock, new Breaker(), { counts: false });
  const addressee = await addresseeOf(asked, mail, to, context, ask);
  for (const { name, withhold } of asked) {
    const reasons = withhold && (await ask(name, 'withhold', () => withhold(mail, to, context, addressee ?? nowhere)));
    for (const reason of [reasons ?? []].flat()) stops.push({ reason, plugin: name });
  }
  const pause = await pauseOf(asked, { mail, to }, context as PlatformContext, ask);
  if (pause) stops.push({ reason: pause.reason, plugin: pause.plugin });
  const found = new Set(stops.map(({ reason }) => reason));
  if (!addressee && !found.has('NO_ADDRESS')) stops.push({ reason: 'NO_ADDRESS', plugin: 'platform' });
  return stops;
}

async function addresseeOf(
  plugins: readonly Plugin[],
  mail: Mail<any>,
  to: Recipient,
  context: Context,
  ask: ReturnType<typeof createAsk>,
): Promise<Addressee | undefined> {
  for (const { name, address } of plugins) {
    const answer = address && (await ask(name, 'address', () => address(to, mail, context)));
    if (answer) return answer;
  }
  return undefined;
}
