import { defineLoader, defineMail, definePlugin, type Addressee, type Mail, type Plugin } from 'clinic-rapport';

/**
 * The same mail as a reminder, but one that advertises: it rests on a consent, and the whole gate is asked, with the budget of what
 * disturbs, the quiet hours and the household. What it costs more is the gate's.
 */
export function withOffers(plugins: readonly Plugin[]): Plugin[] {
  const recall = plugins.find(({ name }) => name === 'recall')!;
  const { name: _, ...reminder } = recall.mails!.find(({ name }) => name === 'recall.reminder') as Mail<unknown>;
  const mails = [defineMail('bench.offer', { ...reminder, purpose: 'marketing', stream: 'marketing' })];
  return [...plugins, definePlugin({ name: 'bench', version: '1.0.0', requires: { recall: '*' }, mails })];
}

/** Nothing is asked whether it may be sent, looked through, or held back. Of no use but to be measured against. */
export const withoutGuards = (plugins: readonly Plugin[]): Plugin[] =>
  plugins.map(plugin => ({
    ...plugin,
    withhold: undefined,
    inspect: undefined,
    pace: undefined,
    address: plugin.address && ((to, _, { load }) => load(addresses, (to as { patientId: string }).patientId)),
  }));

/** Where a patient is reached is asked anyway; on what a mail to there rests is not. */
const addresses = defineLoader<string, Addressee>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<(Addressee & { id: string })[]>(
    `select p.id, p.name, p.language as locale, c.value as address, true as verified, 'nothing' as basis
     from patient p cross join lateral (
       select value from contact_point c where c.clinic_id = p.clinic_id and c.patient_id = p.id and c.system = 'EMAIL'
       order by c.verified_at is null, c.rank, c.created_at limit 1) c
     where p.clinic_id = ? and p.id = any(?::uuid[])`,
    [clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id)!);
});
