import { toBuffer, toString as toSvg } from 'qrcode';
import {
  defineLimit,
  html,
  landing,
  page,
  RapportError,
  seeingAllPatients,
  type Context,
  type Html,
  type Locale,
  type Route,
} from 'clinic-rapport';
import {
  clinicOf,
  formOf,
  languagesOf,
  noticeAsHtml,
  noticeOfPages,
  pageStyle,
  Patient,
  readerOf,
  type NoticeVersion,
} from 'clinic-rapport/schema';
import { findCode, ReferralCode } from '../code.ts';
import { spoken } from '../code-signs.ts';
import { cardUrl, codeUrl } from '../link.ts';
import { originOf } from '../joining.ts';
import { isTold, presentOffer } from '../offer.ts';
import { Referral } from '../referral.ts';
import type { ReferralChannel } from '../words.ts';
import { pageTexts } from './texts.ts';

/** Who guesses codes needs billions; who mistypes some, a few. Counted are only those that nobody has. */
const guesses = defineLimit('referrals.guess', 300, 3_600);
/** Invitations that are opened and followed: each is a row. */
const followed = defineLimit('referrals.followed', 60, 3_600);

/**
 * `/refer/<slug>/<code>` for the friend, with `/card`, `/qr.svg` and `/qr.png` below it for who invites. None of them says who that
 * is: a code can be guessed or found.
 */
export const referRoutes: Route[] = landing('refer', {
  get: (rest, request, context) => show(rest, request, context),
  post: (rest, request, context) => follow(rest, request, context),
});

async function show(rest: string, request: Request, context: Context): Promise<Response> {
  const [text = '', more, ...others] = rest.split('/');
  const locale = await readerOf(request, context);
  const code = await codeOrPage(text, locale, context);
  if (code instanceof Response) return code;
  if (others.length > 0 || (more !== undefined && !parts.has(more))) return unknownPage(locale, context);
  return more === undefined ? invitation(request, locale, context) : parts.get(more)!(code, locale, context);
}

type Part = (code: ReferralCode, locale: Locale, context: Context) => Promise<Response>;

/** A map, as words of an address are looked up in it: every object has a `constructor`. */
const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['card', card],
  [
    'qr.svg',
    async (code, _, context) =>
      image(await toSvg(await codeUrl(code, 'QR', context), { type: 'svg', margin: 2 }), 'image/svg+xml'),
  ],
  [
    'qr.png',
    async (code, _, context) =>
      image(new Uint8Array(await toBuffer(await codeUrl(code, 'QR', context), { width: 600, margin: 2 })), 'image/png'),
  ],
  [
    'card.svg',
    async (code, _, context) =>
      image(await toSvg(await codeUrl(code, 'CARD', context), { type: 'svg', margin: 0 }), 'image/svg+xml'),
  ],
]);

const image = (body: string | Uint8Array<ArrayBuffer>, type: string): Response =>
  new Response(body, { headers: { 'content-type': type } });

async function invitation(request: Request, locale: Locale, context: Context): Promise<Response> {
  const text = pageTexts[locale];
  const notice = await noticeOfPages(context);
  const offer = await presentOffer('FRIEND', context);
  const promised = offer && (await isTold(offer, context)) ? offer.name[locale] : undefined;
  const body = html`<p>${text.lead}</p>
    ${promised && html`<p>${text.promise} <strong>${promised}</strong></p>`}
    <p class="quiet">${text.unnamed}</p>
    ${notice && explained(notice, locale)}
    <form method="post">
      <p>
        <button name="to" value="book">${text.book}</button>
        <button name="to" value="register" class="plain">${text.register}</button>
      </p>
    </form>`;
  return shell({ title: text.title, body, languages: languagesOf(request) }, locale, context);
}

const explained = (notice: NoticeVersion, locale: Locale): Html =>
  html`<details>
    <summary>${pageTexts[locale].notice}</summary>
    ${noticeAsHtml(notice, locale)}
  </details>`;

/** Leads on to the clinic's own pages, which know by the `origin` what led there, and ask whether the advocate may see who came. */
async function follow(rest: string, request: Request, context: Context): Promise<Response> {
  const locale = await readerOf(request, context);
  const code = await codeOrPage(rest, locale, context);
  if (code instanceof Response) return code;
  await context.spend(followed, code.id);
  const form = await formOf(request);
  const referral = await seeingAllPatients(context, () => invite(code, request, context));
  const to = form.get('to') === 'register' ? 'register' : 'book';
  const { slug } = await clinicOf(context);
  const query = new URLSearchParams({ lang: locale, origin: originOf(referral) });
  return new Response(null, { status: 303, headers: { location: `/${to}/${slug}?${query}` } });
}

async function invite(code: ReferralCode, request: Request, { em, now }: Context): Promise<Referral> {
  const referral = em.create(Referral, {
    advocate: em.getReference(Patient, code.patient.id),
    code: em.getReference(ReferralCode, code.id),
    channel: channelOf(request),
    ...{ state: 'INVITED' as const, review: 'PASSED' as const },
    invitedAt: now,
  });
  await em.flush();
  return referral;
}

const channels: ReadonlyMap<string, ReferralChannel> = new Map([
  ['qr', 'QR'],
  ['card', 'CARD'],
]);
const channelOf = ({ url }: Request): ReferralChannel =>
  channels.get(new URL(url).searchParams.get('via') ?? '') ?? 'LINK';

async function card(code: ReferralCode, locale: Locale, context: Context): Promise<Response> {
  const text = pageTexts[locale];
  const { name, phone } = await clinicOf(context);
  const body = html`<p class="quiet">${text.cardLead}</p>
    <div class="card">
      <img src="${await cardUrl(code, context)}.svg" alt="" width="180" height="180" />
      <div>
        <strong>${name}</strong>
        <p class="code">${spoken(code.code)}</p>
        ${phone && html`<p>${text.phone} ${phone}</p>`}
        <p class="quiet">${(await codeUrl(code, 'CARD', context)).replace(/^https?:\/\//, '').replace(/\?.*/, '')}</p>
      </div>
    </div>`;
  return shell({ title: text.card, body }, locale, context);
}

const style = `
.card { display: flex; gap: 1.25rem; align-items: center; border: 1px solid #a9b4bf; border-radius: 10px; padding: 1rem; }
.card p { margin: 0.25rem 0; overflow-wrap: anywhere; }
.code { font-size: 1.5rem; font-weight: 700; letter-spacing: 0.06em; }
details { margin: 1rem 0; border: 1px solid #dfe4e9; border-radius: 8px; padding: 0.75rem 1rem; }
summary { font-weight: 600; cursor: pointer; }
dt { font-weight: 600; margin-top: 0.75rem; } dd { margin: 0; }
@media print { body { background: #fff; } .card { width: 85mm; } h1, main > .quiet { display: none; } }
`;

async function codeOrPage(text: string, locale: Locale, context: Context): Promise<ReferralCode | Response> {
  try {
    // Who asks is nobody yet, and sees no patient: of the code no more goes out than that there is one.
    const { em, now } = context;
    return await em.transactional(own =>
      seeingAllPatients({ em: own }, () => findCode(decodeURIComponent(text), 'code', { em: own, now })),
    );
  } catch (error) {
    if (error instanceof RapportError && error.code === 'CONFLICT') return lostPage('expired', 410, locale, context);
    if (!(error instanceof RapportError) && !(error instanceof URIError)) throw error;
    await context.spend(guesses, context.clinicId);
    return unknownPage(locale, context);
  }
}

const unknownPage = (locale: Locale, context: Context): Promise<Response> => lostPage('unknown', 404, locale, context);

async function lostPage(
  why: 'expired' | 'unknown',
  status: number,
  locale: Locale,
  context: Context,
): Promise<Response> {
  const text = pageTexts[locale];
  const { slug } = await clinicOf(context);
  const body = html`<p role="alert">${text[why]}</p>
    <p><a href="/book/${slug}?lang=${locale}">${text.book}</a></p>`;
  return shell({ title: text.title, body, status }, locale, context);
}

interface Shown {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  readonly languages?: Html;
}

async function shell({ title, body, status, languages }: Shown, locale: Locale, context: Context): Promise<Response> {
  const { name } = await clinicOf(context);
  return page({
    title,
    locale,
    status,
    style: pageStyle + style,
    body: html`${languages}
      <p class="quiet">${name}</p>
      <h1>${title}</h1>
      ${body}`,
  });
}
