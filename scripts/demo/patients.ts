import type { Condition, Patient } from 'clinic-rapport/schema';

export interface DemoPatient extends Pick<Patient, 'name' | 'otherName' | 'birthDate' | 'sex' | 'language'> {
  /** Of the address `<mailbox>@mail.example`. */
  readonly mailbox: string;
  readonly phone: string;
  readonly conditions?: readonly Pick<Condition, 'code' | 'display' | 'stability'>[];
}

const hypertension = { code: 'I10', display: '高血壓', stability: 'STABLE' } as const;
const diabetes = { code: 'E11.9', display: 'Type 2 diabetes mellitus', stability: 'UNSTABLE' } as const;

const person = (
  name: string,
  otherName: string | null,
  birthDate: string,
  sex: 'FEMALE' | 'MALE',
  language: Patient['language'],
  contact: readonly [mailbox: string, phone: string],
  conditions: DemoPatient['conditions'] = [],
): DemoPatient => ({ name, otherName, birthDate, sex, language, mailbox: contact[0], phone: contact[1], conditions });

/** Nobody of them exists. The second name is the one in another script. */
export const patients: readonly DemoPatient[] = [
  person(
    '陳美玲',
    'Chen Mei-Ling',
    '1978-03-09',
    'FEMALE',
    'zh-Hant',
    ['chen.meiling', '+886912300001'],
    [hypertension],
  ),
  person(
    '林志明',
    'Lin Chih-Ming',
    '1965-11-21',
    'MALE',
    'zh-Hant',
    ['lin.chihming', '+886912300002'],
    [hypertension, diabetes],
  ),
  person('黃淑惠', null, '1990-07-02', 'FEMALE', 'zh-Hant', ['huang.shuhui', '+886912300003']),
  person('張家豪', 'Chang Chia-Hao', '1988-01-30', 'MALE', 'zh-Hant', ['chang.chiahao', '+886912300004']),
  person('李雅雯', null, '2001-05-14', 'FEMALE', 'zh-Hant', ['li.yawen', '+886912300005']),
  person('吳建宏', null, '1957-09-08', 'MALE', 'zh-Hant', ['wu.jianhong', '+886912300006'], [diabetes]),
  person('劉怡君', 'Liu Yi-Chun', '1983-12-25', 'FEMALE', 'zh-Hant', ['liu.yijun', '+886912300007']),
  person('蔡宗翰', null, '1995-04-17', 'MALE', 'zh-Hant', ['tsai.tsunghan', '+886912300008']),
  person('楊小明', null, '2016-02-29', 'MALE', 'zh-Hant', ['yang.family', '+886912300009']),
  person('許麗華', null, '1948-08-19', 'FEMALE', 'zh-Hant', ['hsu.lihua', '+886912300010'], [hypertension]),
  person('歐陽文傑', 'Ouyang Wen-Chieh', '1972-06-06', 'MALE', 'zh-Hant', ['ouyang', '+886912300011']),
  person('𠮷田健一', '吉田健一 Yoshida Kenichi', '1969-10-10', 'MALE', 'zh-Hant', ['yoshida', '+886912300012']),
  person('王芳', 'Wang Fang', '1985-03-09', 'FEMALE', 'zh-Hans', ['wang.fang', '+8613800138001']),
  person('李强', 'Li Qiang', '1979-05-23', 'MALE', 'zh-Hans', ['li.qiang', '+8613800138002'], [hypertension]),
  person('刘洋', null, '1992-10-01', 'MALE', 'zh-Hans', ['liu.yang', '+8613800138003']),
  person('陈静', null, '1998-02-14', 'FEMALE', 'zh-Hans', ['chen.jing', '+8613800138004']),
  person('赵敏', 'Zhao Min', '1963-07-30', 'FEMALE', 'zh-Hans', ['zhao.min', '+8613800138005']),
  person('孙丽娟', null, '1987-11-11', 'FEMALE', 'zh-Hans', ['sun.lijuan', '+8613800138006']),
  person('周杰', null, '2010-09-01', 'MALE', 'zh-Hans', ['zhou.family', '+8613800138007']),
  person('司马云', null, '1954-01-05', 'MALE', 'zh-Hans', ['sima.yun', '+8613800138008'], [diabetes]),
  person('Anna Müller', null, '1986-04-12', 'FEMALE', 'en', ['anna.mueller', '+886912300021']),
  person('José García', null, '1975-09-16', 'MALE', 'en', ['jose.garcia', '+886912300022'], [hypertension]),
  person('Nguyễn Thị Hương', null, '1993-08-08', 'FEMALE', 'en', ['nguyen.huong', '+886912300023']),
  person('Siobhán O’Connor', null, '1967-03-17', 'FEMALE', 'en', ['siobhan', '+886912300024']),
  person('Michał Wójcik', null, '1982-12-02', 'MALE', 'en', ['michal', '+886912300025']),
  person('Priya Raman', null, '1999-06-21', 'FEMALE', 'en', ['priya', '+886912300026']),
  person('John Smith', '史密斯', '1951-02-03', 'MALE', 'en', ['john.smith', '+886912300027'], [hypertension]),
  person('Marie-Claire Dubois', null, '1970-07-14', 'FEMALE', 'en', ['mcdubois', '+886912300028']),
  person('Kim Ji-woo', '김지우', '1996-10-09', 'FEMALE', 'en', ['kim.jiwoo', '+886912300029']),
  person('Zoë van der Berg', null, '2004-05-05', 'FEMALE', 'en', ['zoe', '+886912300030']),
];
