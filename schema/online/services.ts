import { html, type Context, type Html, type Locale } from 'clinic-rapport';
import { textIn } from '../localized-text.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';
import { onlineTexts } from './texts.ts';

/** More than these a page of choices cannot show. */
const most = 100;

/** What can be booked, with its price where the clinic has written one. */
export async function serviceList(href: (serviceId: string) => string, locale: Locale, { em }: Context): Promise<Html> {
  const services = await em.find(Service, { active: true }, { orderBy: { code: 'asc' }, limit: most });
  const text = onlineTexts[locale];
  if (services.length === 0) return html`<p>${text.noServices}</p>`;
  return html`<h2>${text.chooseService}</h2>
    <ul class="services">
      ${services.map(
        service =>
          html`<li>
            <a href="${href(service.id)}"
              ><span class="price">${priceOf(service, locale)}</span><strong>${textIn(service.name, locale)}</strong>
              <span class="quiet"
                >${text.minutes(service.durationMinutes)} ${textIn(service.description, locale)}</span
              ></a
            >
          </li>`,
      )}
    </ul>`;
}

/** In the currency's own units, as the language writes them: `NT$1,200` in English, `$1,200` in Chinese. */
export function priceOf({ price, currency }: Service, locale: Locale): string {
  if (price == null || !currency) return '';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
  return format.format(price / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}

/** Who offers the service; none to choose of where there is one alone. */
export async function practitionersOf(serviceId: string, { em, clinicId }: Context): Promise<Practitioner[]> {
  const offering = await em.execute<{ id: string }[]>(
    'select practitioner_id as id from practitioner_service where clinic_id = ? and service_id = ?',
    [clinicId, serviceId],
  );
  const ids = offering.map(({ id }) => id);
  const found = await em.find(
    Practitioner,
    { active: true, ...(ids.length > 0 && { id: { $in: ids } }) },
    { orderBy: { name: 'asc' }, limit: most },
  );
  return found.length > 1 ? found : [];
}
