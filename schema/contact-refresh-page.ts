import {
  badInput,
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
import { indexPatient } from './patient-search.ts';
import { Patient } from './patient.ts';

interface Texts {
  readonly title: string;
  readonly systems: Readonly<Record<ContactSystem, string>>;
  readonly unproved: string;
  readonly right: string;
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

/** Opening it changes nothing. What is shown is shortened: the mail may have been passed on. */
export const refreshContactsRoutes: Route[] = follows(refreshContactsLink, {
  get: (_, _request, context) => show(context),
  post: async (_, request, context) => show(context, await change(new URLSearchParams(await request.text()), context)),
});

const patientOf = ({ actor }: Context): string => actor.patientIds[0]!;

/** What each button sends is one act. */
async function change(form: URLSearchParams, context: Context): Promise<Message> {
  const [gone, system, value] = [form.get('gone'), form.get('system'), form.get('value')];
  if (form.has('right')) {
    await confirmAll(patientOf(context), context);
    return 'thanks';
  }
  if (gone !== null) return refused('last', 'CONFLICT', () => remove(gone, context));
  if ((system === 'EMAIL' || system === 'PHONE') && value !== null)
    return refused('malformed', 'BAD_USER_INPUT', () => add(system, value, context));
  throw badInput('right', 'The form says neither that all is right, nor what changes.');
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

async function show(context: Context, message?: Message): Promise<Response> {
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
        <ul>
          ${contacts.map(contact => row(contact, text))}
        </ul>
        <p><button name="right" value="yes">${text.right}</button></p>
      </form>
      ${newOne('PHONE', 'tel', text.newPhone, text)} ${newOne('EMAIL', 'email', text.newEmail, text)}`,
  });
}

const row = ({ id, system, value, verifiedAt }: ContactPoint, text: Texts): Html =>
  html`<li>
    <div>
      <span class="quiet">${text.systems[system]}</span><br /><strong>${shortened(system, value)}</strong>
      ${system === 'EMAIL' && !verifiedAt && html`<span class="quiet">(${text.unproved})</span>`}
    </div>
    <button class="plain" name="gone" value="${id}" aria-label="${text.gone}: ${shortened(system, value)}">
      ${text.gone}
    </button>
  </li>`;

const newOne = (system: ContactSystem, type: string, label: string, text: Texts): Html =>
  html`<form method="post" class="new">
    <input type="hidden" name="system" value="${system}" />
    <label>${label}<br /><input name="value" type="${type}" maxlength="320" required /></label>
    <button class="plain">${text.add}</button>
  </form>`;

const shortened = (system: ContactSystem, value: string): string =>
  system === 'EMAIL' ? maskedAddress(value) : `… ${value.slice(-3)}`;

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
