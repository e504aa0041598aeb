import { dueAt, isOffset } from '../offset.ts';

const cases: [what: string, zone: string, startsAt: string, offset: string, due: string][] = [
  ['three days are three dates', 'Asia/Taipei', '2026-03-02T09:00+08:00', 'P3D', '2026-02-27T09:00+08:00'],
  ['a leap day is a day', 'Asia/Taipei', '2028-03-01T09:00+08:00', 'P1D', '2028-02-29T09:00+08:00'],
  ['three days across a leap day', 'Asia/Taipei', '2028-03-02T09:00+08:00', 'P3D', '2028-02-28T09:00+08:00'],
  ['a month ends', 'Asia/Shanghai', '2026-05-01T00:15+08:00', 'P1D', '2026-04-30T00:15+08:00'],
  ['a year ends', 'Asia/Taipei', '2027-01-01T10:00+08:00', 'P1D', '2026-12-31T10:00+08:00'],
  [
    'the clocks go forward: a day has 23 hours',
    'America/New_York',
    '2026-03-08T09:00-04:00',
    'P1D',
    '2026-03-07T09:00-05:00',
  ],
  [
    'the clocks go forward: 24 hours are 24 hours',
    'America/New_York',
    '2026-03-08T09:00-04:00',
    'PT24H',
    '2026-03-07T08:00-05:00',
  ],
  [
    'the clocks go back: a day has 25 hours',
    'America/New_York',
    '2026-11-01T09:00-05:00',
    'P1D',
    '2026-10-31T09:00-04:00',
  ],
  [
    'the clocks go back: 24 hours are 24 hours',
    'America/New_York',
    '2026-11-01T09:00-05:00',
    'PT24H',
    '2026-10-31T10:00-04:00',
  ],
  [
    'an hour that the clocks skip moves forward',
    'America/New_York',
    '2026-03-09T02:30-04:00',
    'P1D',
    '2026-03-08T03:30-04:00',
  ],
  [
    'an hour that comes twice is one instant',
    'America/New_York',
    '2026-11-02T01:30-05:00',
    'P1D',
    '2026-11-01T01:30-05:00',
  ],
  ['an hour before, over the change', 'Europe/Berlin', '2026-03-29T03:30+02:00', 'PT1H', '2026-03-29T01:30+01:00'],
  ['a change by half an hour', 'Australia/Lord_Howe', '2026-10-04T09:00+11:00', 'P1D', '2026-10-03T09:00+10:30'],
  ['days first, then hours', 'America/New_York', '2026-03-09T09:00-04:00', 'P1DT12H', '2026-03-07T20:00-05:00'],
];

test.each(cases)('%s (%s)', (_what, zone, startsAt, offset, due) => {
  expect(dueAt(new Date(startsAt), offset, zone).toISOString()).toBe(new Date(due).toISOString());
});

test('the same appointment has its day before at another instant where the clocks changed', () => {
  const startsAt = new Date('2026-03-08T14:00Z');
  expect(dueAt(startsAt, 'P1D', 'America/New_York')).toEqual(new Date('2026-03-07T15:00Z'));
  expect(dueAt(startsAt, 'P1D', 'Asia/Taipei')).toEqual(new Date('2026-03-07T14:00Z'));
});

test.each(['P3D', 'P1D', 'PT1H', 'PT90M', 'P1DT12H', 'P60D', 'PT1440H'])('%s is an offset', text => {
  expect(isOffset(text)).toBe(true);
});

test.each([
  '',
  'P',
  'PT',
  'P0D',
  'PT0H',
  '-P1D',
  'P-1D',
  'P1M',
  'P1Y',
  'P1W',
  'P1.5D',
  'P61D',
  'PT1441H',
  'p1d',
  '1D',
  'PT1S',
  null,
  3,
])('%j is none', value => expect(isOffset(value)).toBe(false));
