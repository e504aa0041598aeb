import {
  follows,
  html,
  maskedAddress,
  page,
  RapportError,
  type Context,
  type Html,
  type Locale,
  type Route,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { addContactPoint } from './contact-change.ts';
import { ContactPoint, type ContactSystem } from './contact-point.ts';
import { confirmAll, refreshContactsLink, removeContactPoint } from './contact-refresh.ts';
import { find } from './find.ts';
import { formOf } from './page-parts.ts';
import { indexPatient } from './patient-search.ts';
import { Patient } from './patient.ts';
import { stepUp } from './step-up.ts';

interface Texts {
  readonly title: string;
  readonly systems: Readonly<Record<ContactSystem, string>>;
  readonly unproved: string;
  readonly right: string;
  readonly other: string;
  readonly gone: string;
  readonly newPhone: string;
  readonly newEmail: string;
  readonly add: string;
  readonly thanks: string;
  readonly added: string;
  readonly removed: string;
  readonly malformed: string;
  readonly last: string;
}

const texts: Readonly<Record<Locale, Texts>> = {
  'zh-Hant': {
    title: '您的聯絡資料',
    systems: { EMAIL: '電子郵件', PHONE: '電話', LINE: 'LINE' },
    unproved: '尚未確認',
    right: '全部正確',
    other: '有資料不對',
    gone: '已不再使用',
    newPhone: '新的電話',
    newEmail: '新的電子郵件',
    add: '新增',
    thanks: '謝謝，我們已記下。',
    added: '已新增。新的電子郵件請再按信中的連結確認。',
    removed: '已移除。',
    malformed: '這不是有效的電話或電子郵件，請再看一次。',
    last: '這是唯一已確認的電子郵件，請先新增並確認新的。',
  },
  'zh-Hans': {
    title: '您的联系方式',
    systems: { EMAIL: '电子邮件', PHONE: '电话', LINE: 'LINE' },
    unproved: '尚未确认',
    right: '全部正确',
    other: '有信息不对',
    gone: '已不再使用',
    newPhone: '新的电话',
    newEmail: '新的电子邮件',
    add: '新增',
    thanks: '谢谢，我们已记下。',
    added: '已新增。新的电子邮件请再点击邮件中的链接确认。',
    removed: '已移除。',
    malformed: '这不是有效的电话或电子邮件，请再看一次。',
    last: '这是唯一已确认的电子邮件，请先新增并确认新的。',
  },
  en: {
    title: 'Your contact details',
    systems: { EMAIL: 'E-mail', PHONE: 'Phone', LINE: 'LINE' },
    unproved: 'not confirmed yet',
    right: 'All of this is right',
    other: 'Something is different',
    gone: 'Not mine any more',
    newPhone: 'A new phone number',
    newEmail: 'A new e-mail address',
    add: 'Add',
    thanks: 'Thank you, we have noted it.',
    added: 'Added. A new e-mail address has to be confirmed by the link in the mail that goes there.',
    removed: 'Taken away.',
    malformed: 'This is no phone number or e-mail address. Please look at it again.',
    last: 'It is the only e-mail address that was confirmed: please add and confirm the new one first.',
  },
};

type Message = 'thanks' | 'added' | 'removed' | 'malformed' | 'last';

/**
 * Opening it changes nothing. The mail may have been passed on, and who adds an address can sign in by it: so what is shown is
 * shortened, and to change something one has to show to be the patient.
 */
export const refreshContactsRoutes: Route[] = follows(refreshContactsLink, {
  get: (_, _request, context) => show(context),
  post: async (_, request, context) => {
    const form = await formOf(request);
    if (form.has('right')) {
      await confirmAll(patientOf(context), context);
      return show(context, { message: 'thanks' });
    }
    const passed = await stepUp(form, await targetOf(context), context);
    if (passed instanceof Response) return passed;
    return show(context, { again: passed.again, message: await change(form, context) });
  },
});

const patientOf = ({ actor }: Context): string => actor.patientIds[0]!;

/** Another one for each time that the patient is asked: wrong answers end one link, and not those of later years. */
async function targetOf(context: Context): Promise<string> {
  const [row] = await context.em.execute<{ asked: string }[]>(
    'select extract(epoch from contacts_asked_at)::bigint as asked from patient where clinic_id = ? and id = ?',
    [context.clinicId, patientOf(context)],
  );
  return `contacts ${patientOf(context)} ${row?.asked}`;
}

/** What each button sends is one act; undefined for a form that says only who sends it. */
async function change(form: URLSearchParams, context: Context): Promise<Message | undefined> {
  const [gone, system, value] = [form.get('gone'), form.get('system'), form.get('value')];
  if (gone !== null) return refused('last', 'CONFLICT', () => remove(gone, context));
  if ((system === 'EMAIL' || system === 'PHONE') && value !== null)
    return refused('malformed', 'BAD_USER_INPUT', () => add(system, value, context));
  return undefined;
}

async function remove(id: string, context: Context): Promise<Message> {
  await removeContactPoint(await find(ContactPoint, id, context), context);
  return 'removed';
}

async function add(system: ContactSystem, value: string, context: Context): Promise<Message> {
  const patient = await find(Patient, patientOf(context), context);
  const contact = await addContactPoint(patient, system, value, 'value', context);
  contact.confirmedAt = context.now;
  await context.em.flush();
  await indexPatient(patient, context);
  return 'added';
}

/** What the patient can mend is said on the page, beside what was there. */
async function refused(message: Message, code: RapportError['code'], act: () => Promise<Message>): Promise<Message> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RapportError && error.code === code) return message;
    throw error;
  }
}

interface Shown {
  /** That the bearer has shown to be the patient. */
  readonly again?: Html;
  readonly message?: Message;
}

async function show(context: Context, { again, message }: Shown = {}): Promise<Response> {
  const { name } = await clinicOf(context);
  const { language: locale } = await find(Patient, patientOf(context), context);
  const text = texts[locale];
  const contacts = await context.em.find(
    ContactPoint,
    { patient: patientOf(context) },
    { orderBy: { system: 'asc', rank: 'asc' } },
  );
  return page({
    title: text.title,
    locale,
    style,
    body: html`<p class="quiet">${name}</p>
      <h1>${text.title}</h1>
      ${message && html`<p role="status">${text[message]}</p>`}
      <form method="post">
        ${again}
        <ul>
          ${contacts.map(contact => row(contact, again !== undefined, text))}
        </ul>
        <p><button name="right" value="yes">${text.right}</button></p>
      </form>
      ${again ? [newOne('PHONE', 'tel', again, text), newOne('EMAIL', 'email', again, text)] : other(text)}`,
  });
}

/** Asks who it is, and then for what is to change. */
const other = ({ other: words }: Texts): Html =>
  html`<form method="post"><button class="plain">${words}</button></form>`;

const row = ({ id, system, value, verifiedAt }: ContactPoint, canChange: boolean, text: Texts): Html =>
  html`<li>
    <div>
      <span class="quiet">${text.systems[system]}</span><br /><strong>${shortened(system, value)}</strong>
      ${system === 'EMAIL' && !verifiedAt && html`<span class="quiet">(${text.unproved})</span>`}
    </div>
    ${canChange && html`<button class="plain" name="gone" value="${id}" aria-label="${text.gone}: ${shortened(system, value)}">${text.gone}</button>`}
  </li>`;

const newOne = (system: ContactSystem, type: string, again: Html, text: Texts): Html =>
  html`<form method="post" class="new">
    ${again}<input type="hidden" name="system" value="${system}" />
    <label
      >${system === 'PHONE' ? text.newPhone : text.newEmail}<br /><input
        name="value"
        type="${type}"
        maxlength="320"
        required
    /></label>
    <button class="plain">${text.add}</button>
  </form>`;

/** Not the last digits, which show who one is. */
const shortened = (system: ContactSystem, value: string): string =>
  system === 'EMAIL' ? maskedAddress(value) : `… ${value.slice(-7, -4)} ····`;

const style = `
.quiet { color: #56616d; font-size: 0.9rem; }
ul { list-style: none; margin: 0 0 1.5rem; padding: 0; }
li { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: 0.9rem 0; border-bottom: 1px solid #dfe4e9; }
li button { flex: none; padding: 0.5rem 1rem; }
button.plain { background: #fff; color: #0b6b5f; border: 1px solid #0b6b5f; }
.new { display: flex; gap: 1rem; align-items: end; margin-top: 1rem; flex-wrap: wrap; }
.new label { flex: 1 1 14rem; }
input { font: inherit; padding: 0.6rem; width: 100%; box-sizing: border-box; border: 1px solid #9aa5b1; border-radius: 6px; }
[role="status"] { padding: 0.75rem 1rem; border-left: 4px solid #0b6b5f; background: #e8f3f1; }
`;
