import { DateTime } from 'luxon';
import { ageBandOf, ageBands, ageOn } from '../age.ts';
import { AppointmentStatus, stateAfter, transitions, type AppointmentTransition } from '../appointment-transitions.ts';
import { leadDays } from '../clinic-day.ts';
import { normalAddress } from '../contact-point.ts';
import { textIn } from '../localized-text.ts';
import { searchTerms, wantedTerms } from '../patient-search.ts';
import type { Schedule } from '../schedule.ts';
import { slotsOf } from '../slot.ts';
import { codePoints, requiredText } from '../text.ts';

describe('a search', () => {
  const finds = (search: string, terms: readonly string[]): boolean => {
    const wanted = wantedTerms(search);
    return (
      wanted.length > 0 &&
      wanted.every(prefixes => prefixes.some(prefix => terms.some(term => term.startsWith(prefix))))
    );
  };
  const patient = searchTerms(['王小明', 'Wang Xiǎo-Ming'], ['+886912345678'], '1985-03-09');

  test.each([
    '小明',
    '王小',
    '明',
    'wang',
    'WANG ming',
    'ｗａｎｇ',
    'xiao',
    '0912345678',
    '0912 345 678',
    '+886-912-345-678',
    '5678',
    '1985-03-09',
    '1985/3/9',
    '1985年3月9日',
    '19850309',
  ])('finds 王小明 by %s', search => expect(finds(search, patient)).toBe(true));

  test.each(['小王', 'ang', '1985-03-08', '912 346', '王大明', 'wang li'])('does not find 王小明 by %s', search =>
    expect(finds(search, patient)).toBe(false),
  );

  test.each(['', '  ', '%', '()', '🙂'])('finds nobody by %j', search => expect(wantedTerms(search)).toEqual([]));

  test('finds names of rare characters, of several words and of the right-to-left scripts', () => {
    expect(finds('𠮷田', searchTerms(['𠮷田太郎'], []))).toBe(true);
    expect(finds('谷辣斯', searchTerms(['谷辣斯·尤達卡', 'Kolas Yotaka'], []))).toBe(true);
    expect(finds('尤達', searchTerms(['谷辣斯·尤達卡'], []))).toBe(true);
    expect(finds('محمد', searchTerms(['محمد علي'], []))).toBe(true);
    expect(finds('jose', searchTerms(['José Álvarez'], []))).toBe(true);
  });

  test('keeps its terms short and few, however long the name', () => {
    const terms = searchTerms(['龍'.repeat(200)], []);
    expect(terms.length).toBeLessThanOrEqual(200);
    expect(Math.max(...terms.map(codePoints))).toBeLessThanOrEqual(33);
  });
});

describe('age', () => {
  test.each([
    ['2000-06-01', '2026-05-31T15:59:59Z', 25],
    ['2000-06-01', '2026-05-31T16:00:00Z', 26],
    ['2004-02-29', '2025-02-28T15:59:59Z', 20],
    ['2004-02-29', '2025-02-28T16:00:00Z', 21],
  ])('of one born on %s at %s is %i in Taipei', (born, at, age) =>
    expect(ageOn(born, new Date(at), 'Asia/Taipei')).toBe(age),
  );

  test('falls into one band', () => {
    expect(ageBands).toEqual(['0-17', '18-34', '35-49', '50-64', '65+']);
    expect([0, 17, 18, 64, 65, 110].map(ageBandOf)).toEqual(['0-17', '0-17', '18-34', '50-64', '65+', '65+']);
  });
});

describe('the transitions of an appointment', () => {
  const every = Object.keys(transitions) as AppointmentTransition[];
  const statuses = Object.keys(AppointmentStatus) as AppointmentStatus[];

  test.each(every)('%s is allowed from its states, and from no other', transition => {
    const { from, to } = transitions[transition];
    for (const status of statuses) {
      if ((from as readonly string[]).includes(status)) expect(stateAfter(transition, status)).toBe(to);
      else expect(() => stateAfter(transition, status)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    }
  });

  test('nothing follows a fulfilled or cancelled appointment', () => {
    expect(
      every.filter(transition => (transitions[transition].from as readonly string[]).includes('FULFILLED')),
    ).toEqual([]);
    expect(
      every.filter(transition => (transitions[transition].from as readonly string[]).includes('CANCELLED')),
    ).toEqual([]);
  });
});

describe('slots', () => {
  const schedule = (startTime: string, endTime: string) =>
    ({
      practitioner: { id: 'p' },
      location: { id: 'l' },
      weekday: 7,
      startTime,
      endTime,
      slotMinutes: 30,
      validFrom: '2026-01-01',
      validUntil: '2026-12-31',
    }) as unknown as Schedule;
  const onSunday = (date: string, hours: readonly [string, string], minutes = 30): string[] =>
    slotsOf(schedule(...hours), DateTime.fromISO(date, { zone: 'Europe/Vienna' }), minutes).map(({ startsAt }) =>
      startsAt.toISOString(),
    );

  test('leave out the hour that the clocks skip', () =>
    expect(onSunday('2026-03-29', ['01:30', '04:00'])).toEqual([
      '2026-03-29T00:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-29T01:30:00.000Z',
    ]));

  test('come once in the hour that the clocks repeat', () =>
    expect(new Set(onSunday('2026-10-25', ['01:30', '04:00'])).size).toBe(5));

  test('end before the schedule does', () =>
    expect(onSunday('2026-06-07', ['09:00', '10:00'], 45)).toEqual(['2026-06-07T07:00:00.000Z']));

  test('are there only while the schedule holds', () => {
    expect(onSunday('2027-01-03', ['09:00', '10:00'])).toEqual([]);
    expect(onSunday('2026-06-08', ['09:00', '10:00'])).toEqual([]);
  });
});

describe('an address', () => {
  test.each([
    ['EMAIL', ' Ming@Example.COM ', 'Ming@example.com'],
    ['PHONE', '0912 345 678', '+886912345678'],
    ['PHONE', '+86 138 0013 8000', '+8613800138000'],
    ['LINE', `U${'0'.repeat(32)}`, `U${'0'.repeat(32)}`],
  ] as const)('%s %j is kept as %s', (system, value, normal) =>
    expect(normalAddress(system, value, 'input.value', 'TW')).toBe(normal),
  );

  test.each([
    ['EMAIL', 'a@b.test, evil@x.test'],
    ['EMAIL', 'a@b.test\r\nBcc: evil@x.test'],
    ['EMAIL', '"a b"@b.test'],
    ['EMAIL', 'a@b'],
    ['EMAIL', `${'a'.repeat(65)}@b.test`],
    ['PHONE', '12'],
    ['PHONE', 'call me'],
    ['LINE', 'ming'],
  ] as const)('%s %j is refused', (system, value) =>
    expect(() => normalAddress(system, value, 'input.value', 'TW')).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', field: 'input.value' }),
    ),
  );
});

describe('a name', () => {
  test.each(['王小明', '𠮷田太郎', 'محمد علي', '👩‍⚕️', '　王　', 'José', '谷辣斯·尤達卡', '𪛖'.repeat(200)])(
    '%s is kept',
    name => expect(requiredText(name, 'input.name')).toBe(name.normalize('NFC')),
  );

  test.each(['', '　', '𪛖'.repeat(201)])('%j is refused', name =>
    expect(() => requiredText(name, 'input.name')).toThrow(expect.objectContaining({ field: 'input.name' })),
  );
});

test('a text falls back to the nearest language that exists', () => {
  expect(textIn({ 'zh-Hant': '心臟科', en: 'Cardiology' }, 'zh-Hans')).toBe('心臟科');
  expect(textIn({ 'zh-Hans': '心脏科' }, 'en')).toBe('心脏科');
  expect(textIn(null, 'en')).toBe('');
});

test('days ahead are those of the calendar, across a change of clocks and never negative', () => {
  const zone = 'Europe/Vienna';
  expect(leadDays(new Date('2026-03-28T22:30:00Z'), new Date('2026-03-29T22:30:00Z'), zone)).toBe(2);
  expect(leadDays(new Date('2026-06-01T12:00:00Z'), new Date('2026-06-01T06:00:00Z'), zone)).toBe(0);
});
