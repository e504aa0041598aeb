import type { NewClinic } from '../../api/database/clinic.ts';
import type { Localized } from 'clinic-rapport/schema';

/** The clinic that a first start sets up, so that there is something to ask for. Nobody in it exists. */
export const clinic: NewClinic = {
  slug: 'demo',
  name: '晴日診所',
  timeZone: 'Asia/Taipei',
  locale: 'zh-Hant',
  currency: 'TWD',
  sender: { name: '晴日診所 Sunny Day Clinic', address: 'hello@sunnyday.example' },
  phone: '+886223456789',
};

const text = (zhHant: string, zhHans: string, en: string): Localized => ({ 'zh-Hant': zhHant, 'zh-Hans': zhHans, en });

export const locations = [
  {
    key: 'daan',
    name: text('大安院區', '大安院区', 'Da’an'),
    address: text(
      '台北市大安區信義路四段 1 號 3 樓',
      '台北市大安区信义路四段 1 号 3 楼',
      '3F, 1 Xinyi Road Sec. 4, Da’an, Taipei',
    ),
    directions: text(
      '捷運信義安和站 2 號出口，右轉直走三分鐘，藥局樓上。',
      '地铁信义安和站 2 号口出来右转直走三分钟，在药店楼上。',
      'MRT Xinyi Anhe, exit 2; turn right and walk three minutes. We are above the pharmacy.',
    ),
    parking: text(
      '大樓地下二樓可停車，憑掛號單免費兩小時。',
      '大楼地下二层可停车，凭挂号单免费两小时。',
      'Park on level B2 of the building; two hours are free with your appointment slip.',
    ),
    phone: '+886227001234',
    rooms: ['301', '302', '305'],
  },
  {
    key: 'zhongshan',
    name: text('中山院區', '中山院区', 'Zhongshan'),
    address: text(
      '台北市中山區南京東路二段 88 號',
      '台北市中山区南京东路二段 88 号',
      '88 Nanjing East Road Sec. 2, Zhongshan, Taipei',
    ),
    directions: text(
      '捷運松江南京站 1 號出口旁。',
      '地铁松江南京站 1 号口旁边。',
      'Next to exit 1 of MRT Songjiang Nanjing.',
    ),
    parking: text('隔壁有付費停車場。', '隔壁有收费停车场。', 'There is a paid car park next door.'),
    phone: '+886225007788',
    rooms: ['A1', 'A2'],
  },
];

export const departments = [
  { code: 'CARD', name: text('心臟內科', '心脏内科', 'Cardiology') },
  { code: 'DENT', name: text('牙科', '牙科', 'Dentistry') },
  { code: 'DERM', name: text('皮膚科', '皮肤科', 'Dermatology') },
  { code: 'FAM', name: text('家庭醫學科', '家庭医学科', 'Family medicine') },
];

export const services = [
  {
    code: 'CHECKUP',
    department: 'FAM',
    name: text('健康檢查', '健康检查', 'Health check'),
    description: text('請空腹八小時。', '请空腹八小时。', 'Please do not eat for eight hours before it.'),
    durationMinutes: 30,
    price: 120_000,
  },
  {
    code: 'ECG',
    department: 'CARD',
    name: text('心電圖檢查', '心电图检查', 'Electrocardiogram'),
    description: text('請穿兩件式衣物。', '请穿两件式衣服。', 'Please wear a top that opens in front.'),
    durationMinutes: 30,
    price: 80_000,
  },
  {
    code: 'SCALING',
    department: 'DENT',
    name: text('洗牙', '洗牙', 'Dental scaling'),
    description: undefined,
    durationMinutes: 40,
    price: 100_000,
  },
  {
    code: 'SKIN',
    department: 'DERM',
    name: text('皮膚門診', '皮肤门诊', 'Skin consultation'),
    description: undefined,
    durationMinutes: 20,
    price: 60_000,
  },
];

/** Hours are the same on each of `weekdays` (1 is Monday), in the clinic's time zone. */
export const practitioners = [
  {
    name: '陳柏翰',
    title: '醫師',
    department: 'CARD',
    room: '301',
    weekdays: [1, 2, 3, 4, 5],
    from: '09:00',
    to: '12:30',
    slot: 30,
  },
  {
    name: '林佳穎',
    title: '醫師',
    department: 'FAM',
    room: '302',
    weekdays: [1, 3, 5, 6],
    from: '08:30',
    to: '17:30',
    slot: 30,
  },
  {
    name: '王秀蘭',
    title: '牙醫師',
    department: 'DENT',
    room: 'A1',
    weekdays: [1, 2, 4, 5, 6],
    from: '10:00',
    to: '18:00',
    slot: 40,
  },
  {
    name: '张伟',
    title: '医师',
    department: 'DERM',
    room: '305',
    weekdays: [2, 4, 6],
    from: '13:00',
    to: '20:00',
    slot: 20,
  },
  {
    name: 'Amelia Novak',
    title: 'Dr.',
    department: 'FAM',
    room: 'A2',
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    from: '09:00',
    to: '21:00',
    slot: 30,
  },
];

/** Who can sign in. The patient is the first one of the list of patients. */
export const users = [
  { role: 'owner', name: '吳淑芬', email: 'owner@sunnyday.example', locale: 'zh-Hant' },
  { role: 'frontDesk', name: '黃雅婷', email: 'desk@sunnyday.example', locale: 'zh-Hant' },
  { role: 'practitioner', name: '林佳穎', email: 'lin@sunnyday.example', locale: 'zh-Hant' },
  { role: 'marketer', name: '李娜', email: 'marketing@sunnyday.example', locale: 'zh-Hans' },
  { role: 'patient', name: '陳美玲', email: 'chen.meiling@mail.example', locale: 'zh-Hant' },
] as const;
