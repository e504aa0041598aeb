import type { Fields } from 'clinic-rapport';

/** For previews, and for the check that each mail compiles. */
export const sample: Fields = {
  date: '2026年6月3日 星期三',
  time: '上午10:30',
  practitioner: '林怡君醫師',
  room: '203',
  location: {
    name: '大安門診',
    address: '臺北市大安區和平東路一段 1 號 2 樓',
    directions: '捷運古亭站 5 號出口，步行三分鐘。',
    parking: '地下二樓，就診可停一小時。',
  },
  clinic: { name: '大安診所', phone: '+886223456789' },
  patient: '王小明',
  confirmUrl: 'https://clinic.example/plugins/recall/confirm/sample',
  changeUrl: 'https://clinic.example/plugins/recall/change/sample',
  questionnaireUrl: 'https://clinic.example/plugins/core/questionnaire/sample',
  addition: { text: '我們的講座開放報名了。', button: '看看有哪些', url: 'https://clinic.example/talks/sample' },
};
