import type { Locale } from 'clinic-rapport';

/** All words of the pages. A text never says what the appointment is for: someone may look over the shoulder. */
export interface PageTexts {
  yourAppointment: string;
  confirmTitle: string;
  confirmQuestion: string;
  confirmButton: string;
  confirmed: string;
  alreadyConfirmed: string;
  changeTitle: string;
  changeLink: string;
  chooseTime: string;
  noTimes: string;
  earliestTimes: string;
  laterTimes: string;
  changeButton: string;
  moved: string;
  taken: string;
  chooseFirst: string;
  cancelTitle: string;
  cancelHint: string;
  cancelButton: string;
  cancelled: string;
  alreadyCancelled: string;
  outdated: string;
  closed: string;
  date: string;
  time: string;
  practitioner: string;
  room: string;
  location: string;
  directions: string;
  parking: string;
  call(phone: string): string;
}

export const pageTexts: Readonly<Record<Locale, PageTexts>> = {
  'zh-Hant': {
    yourAppointment: '您的預約',
    confirmTitle: '確認預約',
    confirmQuestion: '您會準時前來嗎？',
    confirmButton: '確認會到',
    confirmed: '謝謝您，我們已記下您會到。',
    alreadyConfirmed: '您已確認過這個預約，不需要再做任何事。',
    changeTitle: '更改預約',
    changeLink: '更改或取消預約',
    chooseTime: '請選擇新的時間',
    noTimes: '這段期間沒有空檔。',
    earliestTimes: '回到最早的時間',
    laterTimes: '較晚的時間',
    changeButton: '改到這個時間',
    moved: '預約已更改，以下是您的新時間。我們也會寄信給您。',
    taken: '很抱歉，這個時間剛被別人預約了。請選擇其他時間。',
    chooseFirst: '請先選擇一個時間。',
    cancelTitle: '取消預約',
    cancelHint: '取消後，這個時間會開放給其他人。',
    cancelButton: '取消這個預約',
    cancelled: '預約已取消，您不需要再做任何事。',
    alreadyCancelled: '這個預約已經取消了。',
    outdated: '這個預約在寄出連結之後已更改。請使用我們最近一封信裡的連結。',
    closed: '這個預約已無法在線上更改。',
    date: '日期',
    time: '時間',
    practitioner: '醫師',
    room: '診間',
    location: '地點',
    directions: '交通方式',
    parking: '停車資訊',
    call: phone => `如需協助，請來電 ${phone}。`,
  },
  'zh-Hans': {
    yourAppointment: '您的预约',
    confirmTitle: '确认预约',
    confirmQuestion: '您会准时前来吗？',
    confirmButton: '确认会到',
    confirmed: '谢谢您，我们已记下您会到。',
    alreadyConfirmed: '您已确认过这个预约，不需要再做任何事。',
    changeTitle: '更改预约',
    changeLink: '更改或取消预约',
    chooseTime: '请选择新的时间',
    noTimes: '这段时间没有空档。',
    earliestTimes: '回到最早的时间',
    laterTimes: '较晚的时间',
    changeButton: '改到这个时间',
    moved: '预约已更改，以下是您的新时间。我们也会发邮件给您。',
    taken: '很抱歉，这个时间刚被别人预约了。请选择其他时间。',
    chooseFirst: '请先选择一个时间。',
    cancelTitle: '取消预约',
    cancelHint: '取消后，这个时间会开放给其他人。',
    cancelButton: '取消这个预约',
    cancelled: '预约已取消，您不需要再做任何事。',
    alreadyCancelled: '这个预约已经取消了。',
    outdated: '这个预约在发出链接之后已更改。请使用我们最近一封邮件里的链接。',
    closed: '这个预约已无法在线更改。',
    date: '日期',
    time: '时间',
    practitioner: '医生',
    room: '诊室',
    location: '地点',
    directions: '交通方式',
    parking: '停车信息',
    call: phone => `如需帮助，请致电 ${phone}。`,
  },
  en: {
    yourAppointment: 'Your appointment',
    confirmTitle: 'Confirm your appointment',
    confirmQuestion: 'Will you come?',
    confirmButton: 'Yes, I will come',
    confirmed: 'Thank you. We have noted that you will come.',
    alreadyConfirmed: 'You have confirmed this appointment. There is nothing more for you to do.',
    changeTitle: 'Change your appointment',
    changeLink: 'Change or cancel the appointment',
    chooseTime: 'Choose a new time',
    noTimes: 'There is no free time in these days.',
    earliestTimes: 'Back to the earliest times',
    laterTimes: 'Later times',
    changeButton: 'Move to this time',
    moved: 'Your appointment has moved. This is your new time; we will also send it to you.',
    taken: 'We are sorry, someone else has just taken that time. Please choose another one.',
    chooseFirst: 'Please choose a time first.',
    cancelTitle: 'Cancel your appointment',
    cancelHint: 'The time is then free for others.',
    cancelButton: 'Cancel this appointment',
    cancelled: 'Your appointment is cancelled. There is nothing more for you to do.',
    alreadyCancelled: 'This appointment is cancelled already.',
    outdated: 'This appointment was changed after this link was sent. Please use the link in our latest message.',
    closed: 'This appointment cannot be changed online any more.',
    date: 'Date',
    time: 'Time',
    practitioner: 'With',
    room: 'Room',
    location: 'Place',
    directions: 'Getting here',
    parking: 'Parking',
    call: phone => `If you need help, call us at ${phone}.`,
  },
};
