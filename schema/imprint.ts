import { defineLoader, type Context, type Locale } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { Location } from './location.ts';
import { textIn } from './localized-text.ts';

/**
 * Who advertises, under each mail that does: name, postal address and phone number. Asked for by CAN-SPAM (15 U.S.C. 7704(a)(5)) and
 * by `requiredFooters` of the packs. The address is that of the place which the clinic entered first.
 */
export const imprintIn = (locale: Locale, { load }: Context): Promise<string> => load(imprints, locale);

const imprints = defineLoader(async (locales: readonly Locale[], context: Context) => {
  const { name, phone } = await clinicOf(context);
  const [place] = await context.em.find(Location, { active: true }, { orderBy: { id: 'asc' }, limit: 1 });
  return locales.map(locale => [name, place && textIn(place.address, locale), phone].filter(Boolean).join(' · '));
});
