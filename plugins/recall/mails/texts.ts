import type { Locale, MailTexts } from 'clinic-rapport';

type Wording = Record<'subject' | 'title' | 'preview' | 'intro', string>;

/** What all mails of this plugin say alike. Subjects and previews name no department, service or diagnosis. */
const shared = {
  'zh-Hant': {
    language: 'zh-Hant',
    greeting: '{{ patient }} 您好：',
    dateLabel: '日期',
    timeLabel: '時間',
    practitionerLabel: '醫師',
    roomLabel: '診間',
    locationLabel: '地點',
    directionsLabel: '交通方式',
    parkingLabel: '停車資訊',
    confirm: '確認會到',
    change: '更改或取消',
    questionnaire: '請在看診前回答幾個問題，只需幾分鐘：',
    answer: '填寫看診前問卷',
    call: '如需協助，請來電 {{ clinic.phone }}。',
    footer: '此信與您的預約有關，由系統自動寄出。',
  },
  'zh-Hans': {
    language: 'zh-Hans',
    greeting: '{{ patient }} 您好：',
    dateLabel: '日期',
    timeLabel: '时间',
    practitionerLabel: '医生',
    roomLabel: '诊室',
    locationLabel: '地点',
    directionsLabel: '交通方式',
    parkingLabel: '停车信息',
    confirm: '确认会到',
    change: '更改或取消',
    questionnaire: '请在就诊前回答几个问题，只需几分钟：',
    answer: '填写就诊前问卷',
    call: '如需帮助，请致电 {{ clinic.phone }}。',
    footer: '此邮件与您的预约有关，由系统自动发送。',
  },
  en: {
    language: 'en',
    greeting: 'Dear {{ patient }},',
    dateLabel: 'Date',
    timeLabel: 'Time',
    practitionerLabel: 'With',
    roomLabel: 'Room',
    locationLabel: 'Place',
    directionsLabel: 'Getting here',
    parkingLabel: 'Parking',
    confirm: 'Yes, I will come',
    change: 'Change or cancel',
    questionnaire: 'Please answer a few questions before you come; it takes some minutes:',
    answer: 'Answer the questions',
    call: 'If you need help, call us at {{ clinic.phone }}.',
    footer: 'This message is about your appointment and was sent automatically.',
  },
} satisfies Record<Locale, Record<string, string>>;

/** The texts of one mail: its own wording, and what it shares with the others. */
const texts = (wording: Record<Locale, Wording>): Record<Locale, MailTexts> => ({
  'zh-Hant': { ...shared['zh-Hant'], ...wording['zh-Hant'] },
  'zh-Hans': { ...shared['zh-Hans'], ...wording['zh-Hans'] },
  en: { ...shared.en, ...wording.en },
});

export const bookedTexts = texts({
  'zh-Hant': {
    subject: '預約成功：{{ date }} {{ time }}',
    title: '已為您完成預約',
    preview: '{{ date }} {{ time }}，{{ location.name }}',
    intro: '我們已為您保留以下時間。請按下方按鈕告訴我們您會到。',
  },
  'zh-Hans': {
    subject: '预约成功：{{ date }} {{ time }}',
    title: '已为您完成预约',
    preview: '{{ date }} {{ time }}，{{ location.name }}',
    intro: '我们已为您保留以下时间。请点击下方按钮告诉我们您会到。',
  },
  en: {
    subject: 'Your appointment on {{ date }}, {{ time }}',
    title: 'Your appointment is booked',
    preview: '{{ date }}, {{ time }}, {{ location.name }}',
    intro: 'We have kept this time for you. Please let us know with the button below that you will come.',
  },
});

export const changedTexts = texts({
  'zh-Hant': {
    subject: '預約已更改為 {{ date }} {{ time }}',
    title: '您的預約時間已更改',
    preview: '新時間：{{ date }} {{ time }}，{{ location.name }}',
    intro: '以下是您的新預約時間，先前的時間與連結已失效。',
  },
  'zh-Hans': {
    subject: '预约已更改为 {{ date }} {{ time }}',
    title: '您的预约时间已更改',
    preview: '新时间：{{ date }} {{ time }}，{{ location.name }}',
    intro: '以下是您的新预约时间，之前的时间和链接已失效。',
  },
  en: {
    subject: 'Your appointment has moved to {{ date }}, {{ time }}',
    title: 'Your appointment has moved',
    preview: 'New time: {{ date }}, {{ time }}, {{ location.name }}',
    intro: 'This is your new time. The earlier time, and the links in earlier messages, are no longer valid.',
  },
});

export const cancelledTexts = texts({
  'zh-Hant': {
    subject: '預約已取消：{{ date }} {{ time }}',
    title: '您的預約已取消',
    preview: '{{ date }} {{ time }} 的預約已取消',
    intro: '您在 {{ date }} {{ time }} 的預約已取消，您不需要再做任何事。',
  },
  'zh-Hans': {
    subject: '预约已取消：{{ date }} {{ time }}',
    title: '您的预约已取消',
    preview: '{{ date }} {{ time }} 的预约已取消',
    intro: '您在 {{ date }} {{ time }} 的预约已取消，您不需要再做任何事。',
  },
  en: {
    subject: 'Your appointment on {{ date }}, {{ time }} is cancelled',
    title: 'Your appointment is cancelled',
    preview: 'The appointment on {{ date }}, {{ time }} is cancelled',
    intro: 'Your appointment on {{ date }}, {{ time }} is cancelled. There is nothing more for you to do.',
  },
});

export const reminderTexts = texts({
  'zh-Hant': {
    subject: '預約提醒：{{ date }} {{ time }}',
    title: '提醒您即將到來的預約',
    preview: '{{ date }} {{ time }}，{{ location.name }}',
    intro: '期待在以下時間見到您。若無法前來，請儘早更改，讓其他人也有機會使用這個時間。',
  },
  'zh-Hans': {
    subject: '预约提醒：{{ date }} {{ time }}',
    title: '提醒您即将到来的预约',
    preview: '{{ date }} {{ time }}，{{ location.name }}',
    intro: '期待在以下时间见到您。如果无法前来，请尽早更改，让其他人也有机会使用这个时间。',
  },
  en: {
    subject: 'Reminder: your appointment on {{ date }}, {{ time }}',
    title: 'Your appointment is coming up',
    preview: '{{ date }}, {{ time }}, {{ location.name }}',
    intro:
      'We look forward to seeing you. If you cannot come, please change it early, so that someone else can have the time.',
  },
});
