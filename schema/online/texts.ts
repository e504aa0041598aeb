import type { Locale } from 'clinic-rapport';

export interface OnlineTexts {
  readonly book: string;
  readonly register: string;
  readonly chooseService: string;
  readonly noServices: string;
  readonly anyone: string;
  readonly withWhom: string;
  readonly chooseTime: string;
  readonly noTimes: string;
  readonly laterTimes: string;
  readonly earliestTimes: string;
  readonly otherService: string;
  readonly you: string;
  readonly name: string;
  readonly birthDate: string;
  readonly birthDateHint: string;
  readonly phone: string;
  readonly optional: string;
  readonly email: string;
  readonly emailHint: string;
  readonly notice: string;
  readonly purposes: string;
  readonly purposesHint: string;
  readonly send: string;
  readonly sent: string;
  readonly sentHint: string;
  readonly notOpen: string;
  readonly notOpenHint: string;
  readonly wrong: string;
  readonly faults: Readonly<Record<Fault, string>>;
  readonly confirmTitle: string;
  readonly confirmHint: string;
  readonly youAgree: string;
  readonly minor: string;
  readonly confirm: string;
  readonly booked: string;
  readonly registered: string;
  readonly doneHint: string;
  readonly taken: string;
  readonly closed: string;
  readonly calendar: string;
  readonly bookNow: string;
  minutes(count: number): string;
  call(phone: string): string;
}

export type Fault = 'TIME' | 'TAKEN' | 'NAME' | 'BIRTH_DATE' | 'PHONE' | 'EMAIL' | 'NOTICE';

/** All words of the public pages. */
export const onlineTexts: Readonly<Record<Locale, OnlineTexts>> = {
  'zh-Hant': {
    book: '線上預約',
    register: '初次登記',
    chooseService: '您想預約什麼？',
    noServices: '目前沒有可線上預約的項目，請來電。',
    anyone: '不指定',
    withWhom: '醫師',
    chooseTime: '請選擇時間',
    noTimes: '這段期間沒有空檔。',
    laterTimes: '較晚的時間',
    earliestTimes: '回到最早的時間',
    otherService: '選擇其他項目',
    you: '您的資料',
    name: '姓名',
    birthDate: '出生日期',
    birthDateHint: '例如 1985-03-09',
    phone: '電話',
    optional: '可不填',
    email: '電子郵件',
    emailHint: '我們會寄一封信，請按信中的連結確認。',
    notice: '我們如何使用您的資料',
    purposes: '您可以選擇（非必要）',
    purposesHint: '不勾選也能預約；隨時可以取消。未滿法定年齡者，請由監護人到診所同意。',
    send: '送出',
    sent: '請查看您的信箱',
    notOpen: '線上服務尚未開放',
    notOpenHint: '請以電話與我們聯絡。',
    sentHint: '我們已寄出一封信。按下信中的連結後才算完成；時間在那之前不會保留。連結 24 小時內有效。',
    wrong: '還有幾個地方需要您確認：',
    faults: {
      TIME: '請選擇一個時間。',
      TAKEN: '這個時間剛被預約了，請選擇其他時間。',
      NAME: '請填寫姓名（最多 200 字）。',
      BIRTH_DATE: '請填寫出生日期，例如 1985-03-09。',
      PHONE: '這不是有效的電話號碼。',
      EMAIL: '這不是有效的電子郵件地址。',
      NOTICE: '說明已更新，請再讀一次後選擇。',
    },
    confirmTitle: '請確認',
    confirmHint: '這個地址屬於您嗎？按下按鈕後完成。',
    youAgree: '您同意：',
    minor: '未滿法定年齡者的同意須由監護人到診所辦理，這裡不會記錄您所勾選的項目。',
    confirm: '是，確認',
    booked: '預約完成',
    registered: '登記完成',
    doneHint: '我們會寄信給您，信中有更改與取消的連結。',
    taken: '很抱歉，這個時間剛被別人預約了。請選擇其他時間。',
    closed: '這個連結已使用或已過期。',
    calendar: '加到行事曆',
    bookNow: '確定預約',
    minutes: count => `${count} 分鐘`,
    call: phone => `如需協助，請來電 ${phone}。`,
  },
  'zh-Hans': {
    book: '在线预约',
    register: '首次登记',
    chooseService: '您想预约什么？',
    noServices: '目前没有可在线预约的项目，请致电。',
    anyone: '不指定',
    withWhom: '医生',
    chooseTime: '请选择时间',
    noTimes: '这段期间没有空档。',
    laterTimes: '较晚的时间',
    earliestTimes: '回到最早的时间',
    otherService: '选择其他项目',
    you: '您的资料',
    name: '姓名',
    birthDate: '出生日期',
    birthDateHint: '例如 1985-03-09',
    phone: '电话',
    optional: '可不填',
    email: '电子邮件',
    emailHint: '我们会发一封邮件，请点击邮件中的链接确认。',
    notice: '我们如何使用您的数据',
    purposes: '您可以选择（非必要）',
    purposesHint: '不勾选也能预约；随时可以取消。未成年人请由监护人到诊所同意。',
    send: '提交',
    sent: '请查看您的邮箱',
    notOpen: '在线服务尚未开放',
    notOpenHint: '请以电话与我们联系。',
    sentHint: '我们已发出一封邮件。点击邮件中的链接后才算完成；时间在那之前不会保留。链接 24 小时内有效。',
    wrong: '还有几个地方需要您确认：',
    faults: {
      TIME: '请选择一个时间。',
      TAKEN: '这个时间刚被预约了，请选择其他时间。',
      NAME: '请填写姓名（最多 200 字）。',
      BIRTH_DATE: '请填写出生日期，例如 1985-03-09。',
      PHONE: '这不是有效的电话号码。',
      EMAIL: '这不是有效的电子邮件地址。',
      NOTICE: '说明已更新，请再读一次后选择。',
    },
    confirmTitle: '请确认',
    confirmHint: '这个地址属于您吗？点击按钮后完成。',
    youAgree: '您同意：',
    minor: '未满法定年龄者的同意须由监护人到诊所办理，这里不会记录您所勾选的项目。',
    confirm: '是，确认',
    booked: '预约完成',
    registered: '登记完成',
    doneHint: '我们会发邮件给您，其中有更改与取消的链接。',
    taken: '很抱歉，这个时间刚被别人预约了。请选择其他时间。',
    closed: '此链接已使用或已过期。',
    calendar: '加到日历',
    bookNow: '确定预约',
    minutes: count => `${count} 分钟`,
    call: phone => `如需帮助，请致电 ${phone}。`,
  },
  en: {
    book: 'Book online',
    register: 'Register',
    chooseService: 'What would you like to book?',
    noServices: 'Nothing can be booked online at the moment. Please call.',
    anyone: 'Anyone',
    withWhom: 'With',
    chooseTime: 'Choose a time',
    noTimes: 'There is no free time in these days.',
    laterTimes: 'Later times',
    earliestTimes: 'Back to the earliest times',
    otherService: 'Something else',
    you: 'About you',
    name: 'Name',
    birthDate: 'Date of birth',
    birthDateHint: 'As 1985-03-09',
    phone: 'Phone',
    optional: 'optional',
    email: 'E-mail',
    emailHint: 'A mail will ask you to confirm.',
    notice: 'How we use your data',
    purposes: 'If you like',
    purposesHint:
      'You can book without these, and take them back at any time. For people under age a guardian agrees at the clinic.',
    send: 'Send',
    sent: 'Please look into your mailbox',
    notOpen: 'Not open yet',
    notOpenHint: 'Please call us.',
    sentHint:
      'We have sent you a mail. It counts once you have followed the link in it; until then the time is not held. The link is good for 24 hours.',
    wrong: 'Please look at these again:',
    faults: {
      TIME: 'Please choose a time.',
      TAKEN: 'This time was just taken. Please choose another one.',
      NAME: 'Please give your name, at most 200 characters.',
      BIRTH_DATE: 'Please give your date of birth, as 1985-03-09.',
      PHONE: 'This is no phone number.',
      EMAIL: 'This is no e-mail address.',
      NOTICE: 'How we use your data has changed meanwhile: please read it again, and choose.',
    },
    confirmTitle: 'Please confirm',
    confirmHint: 'Is this address yours? The button completes it.',
    youAgree: 'You agree to:',
    minor: 'Before the age of majority a guardian agrees, at the clinic: what was ticked is not recorded here.',
    confirm: 'Yes, confirm',
    booked: 'Your appointment is booked',
    registered: 'You are registered',
    doneHint: 'You will get a mail, with links to change or cancel.',
    taken: 'We are sorry: this time was just taken. Please choose another one.',
    closed: 'This link was used before, or is too old.',
    calendar: 'Add to your calendar',
    bookNow: 'Book this time',
    minutes: count => `${count} minutes`,
    call: phone => `If you need help, call ${phone}.`,
  },
};
