import type { Locale } from 'clinic-rapport';

interface Told {
  readonly kind: string;
  readonly actorKind: string;
  readonly actorRole?: string | null;
  readonly subjectType?: string | null;
}

type Words = Readonly<Record<Locale, string>>;

const words = (en: string, zhHant: string, zhHans: string): Words => ({ en, 'zh-Hant': zhHant, 'zh-Hans': zhHans });

/** By role, or else by kind. */
const actors: Readonly<Record<string, Words>> = {
  owner: words('The clinic’s management', '診所管理者', '诊所管理者'),
  frontDesk: words('The front desk', '櫃檯人員', '前台人员'),
  practitioner: words('A practitioner', '醫療人員', '医疗人员'),
  marketer: words('The marketing staff', '行銷人員', '营销人员'),
  patient: words('You, or who acts for you,', '您本人或代理人', '您本人或代理人'),
  emergency: words('An operator, in an emergency', '系統維運人員（緊急查看）', '系统维护人员（紧急查看）'),
  operator: words('An operator', '系統維運人員', '系统运维人员'),
  plugin: words('A program', '程式', '程序'),
  user: words('A user of the clinic', '診所使用者', '诊所用户'),
  key: words('A program', '程式', '程序'),
  link: words('The holder of a link', '持有連結者', '持有链接者'),
  job: words('The system', '系統', '系统'),
  system: words('The system', '系統', '系统'),
  anonymous: words('Someone who had not signed in', '未登入者', '未登录者'),
};

const deeds: Readonly<Record<string, Words>> = {
  READ: words('read', '查看了', '查看了'),
  CREATE: words('added', '新增了', '新增了'),
  UPDATE: words('changed', '修改了', '修改了'),
  DELETE: words('removed', '刪除了', '删除了'),
  ACT: words('used', '使用了', '使用了'),
};

/** An entry that says that something was opened. */
const openings: ReadonlySet<string> = new Set(['report_opening']);
const opened = words('opened', '開啟了', '打开了');

const subjects: Readonly<Record<string, Words>> = {
  patient: words('your record', '您的基本資料', '您的基本资料'),
  appointment: words('an appointment of yours', '您的預約', '您的预约'),
  visit: words('a visit of yours', '您的就診紀錄', '您的就诊记录'),
  visit_procedure: words('a procedure of yours', '您的處置紀錄', '您的处置记录'),
  consent: words('a consent of yours', '您的同意紀錄', '您的同意记录'),
  contact_point: words('a way to reach you', '您的聯絡方式', '您的联系方式'),
  patient_identifier: words('a number of yours', '您的證件或病歷號碼', '您的证件或病历号码'),
  identifier_use: words('a look at a number of yours', '查看您號碼的紀錄', '查看您号码的记录'),
  patient_condition: words('a condition of yours', '您的病況紀錄', '您的病况记录'),
  patient_allergy: words('an allergy of yours', '您的過敏紀錄', '您的过敏记录'),
  delivery: words('a mail to you', '寄給您的郵件', '寄给您的邮件'),
  questionnaire_response: words('your answers before a visit', '您看診前的問卷', '您就诊前的问卷'),
  report: words('a report of yours', '您的報告', '您的报告'),
  report_opening: words('a report of yours', '您的報告', '您的报告'),
  user_role: words('an access to your record', '您資料的存取權', '您资料的访问权'),
};

const other = words('data of yours', '您的資料', '您的资料');

/** `The front desk changed an appointment of yours.` */
export function wordsFor({ kind, actorKind, actorRole, subjectType }: Told, language: Locale): string {
  const who = (actors[actorRole ?? actorKind] ?? actors['user'])![language];
  const did = (openings.has(subjectType ?? '') ? opened : deeds[kind]!)[language];
  const what = (subjects[subjectType ?? ''] ?? other)[language];
  return language === 'en' ? `${who} ${did} ${what}.` : `${who}${did}${what}。`;
}
