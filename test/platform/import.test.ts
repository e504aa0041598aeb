import { readFile } from 'node:fs/promises';
import { Appointment, core, importCompleted, Patient } from 'clinic-rapport/schema';
import { definePlugin, on, type Context } from 'clinic-rapport';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { systemActor } from '../../api/platform.ts';
import { importFile, type ImportResult } from '../../scripts/import/import.ts';
import { declaredMapping } from '../../scripts/import/declared.ts';
import type { Mapping } from '../../scripts/import/mapping.ts';
import noshow from '../../scripts/import/noshow.ts';
import type { Remark } from '../../scripts/import/report.ts';

const file = await readFile(new URL('../fixtures/appointments.csv', import.meta.url), 'utf8');
const [header, ...rows] = file.trimEnd().split('\n') as [string, ...string[]];
const told: unknown[] = [];
const listener = definePlugin({
  name: 'listener',
  version: '1.0.0',
  requires: { core: '^1.0.0' },
  handlers: [
    on(importCompleted, async function takeNote(completed: unknown) {
      told.push(completed);
    }),
  ],
});

let app: TestApp;
beforeEach(async () => {
  told.length = 0;
  app = await createTestApp({ plugins: [core, listener] });
});

interface Outcome extends ImportResult {
  remarks: Remark[];
}

async function importText(
  text: string | Buffer,
  options: Partial<Parameters<typeof importFile>[0]> = {},
): Promise<Outcome> {
  const remarks: Remark[] = [];
  async function* pieces() {
    yield Buffer.from(text);
  }
  const result = await importFile({
    chunks: pieces(),
    mapping: noshow,
    clinic: { id: app.clinicId, timeZone: 'Asia/Taipei', language: 'zh-Hant', currency: 'TWD' },
    context: () => app.app.platform.contextFor({ clinicId: app.clinicId, actor: systemActor('system', 'import') }),
    remark: async remark => void remarks.push(remark),
    batchSize: 3,
    ...options,
  });
  return { ...result, remarks };
}

const count = (entity: typeof Patient | typeof Appointment): Promise<number> =>
  app.staff.run(({ em }: Context) => em.count(entity as typeof Patient));

const statistics = `{ appointmentStatistics(from: "2016-04-29", to: "2016-04-29") {
  total fulfilled noShow noShowRate byAgeBand { key total } byLeadTime { key total noShow } byCondition { key total noShow }
} visits(first: 100) { nodes { status startedAt appointment { status day startsAt } } }
  patients(filter: { possibleDuplicate: true }) { nodes { name age sex birthDate birthDateApproximate } } }`;

test('a day becomes patients, appointments, visits and their figures', async () => {
  expect(await importText(file)).toMatchObject({
    rows: 7,
    imported: 7,
    patients: 6,
    unchanged: 0,
    refused: 0,
    possibleDuplicates: 2,
  });
  const { appointmentStatistics, visits, patients } = await app.staff.data(statistics);
  expect(await count(Patient)).toBe(6);
  expect(appointmentStatistics).toMatchObject({ total: 7, fulfilled: 4, noShow: 3, noShowRate: 3 / 7 });
  expect(appointmentStatistics.byAgeBand).toEqual([
    { key: '0-17', total: 3 },
    { key: '18-34', total: 1 },
    { key: '50-64', total: 2 },
    { key: '65+', total: 1 },
  ]);
  // The first row was booked on the next day already, by the clinic's clock: a lead is never negative.
  expect(appointmentStatistics.byLeadTime).toEqual([
    { key: '0', total: 3, noShow: 1 },
    { key: '1-3', total: 1, noShow: 0 },
    { key: '8-14', total: 2, noShow: 2 },
    { key: '31+', total: 1, noShow: 0 },
  ]);
  expect(appointmentStatistics.byCondition).toContainEqual({ key: 'I10', total: 2, noShow: 0 });
  expect(appointmentStatistics.byCondition).toContainEqual({ key: 'F10.2', total: 1, noShow: 0 });
  expect(visits.nodes).toHaveLength(4);
  for (const visit of visits.nodes) {
    expect(visit).toEqual({
      status: 'COMPLETED',
      startedAt: '2016-04-28T16:00:00.000Z',
      appointment: { status: 'FULFILLED', day: '2016-04-29', startsAt: null },
    });
  }
  const shared = [
    { sex: 'FEMALE', birthDate: '1986-01-01' },
    { sex: 'MALE', birthDate: '1940-01-01' },
  ].map(each => ({ ...each, name: 'Patient 1.00004E+13', birthDateApproximate: true, age: expect.any(Number) }));
  expect(patients.nodes).toHaveLength(2);
  expect(patients.nodes).toEqual(expect.arrayContaining(shared));
});

test('the patients that share an id are in the report, by line', async () => {
  const { remarks } = await importText(file);
  expect(remarks).toEqual([
    { line: 7, kind: 'note', code: 'POSSIBLE_DUPLICATE', message: expect.stringContaining('line 6') },
  ]);
});

test('one event tells of the whole file, and no patient gets a mail', async () => {
  await importText(file);
  await app.settle();
  expect(told).toEqual([{ importId: expect.any(String), format: 'noshow', imported: 7, unchanged: 0, refused: 0 }]);
  expect(app.mails).toEqual([]);
});

test('the same file once more changes nothing', async () => {
  await importText(file);
  expect(await importText(file)).toMatchObject({ rows: 7, imported: 0, patients: 0, unchanged: 7, refused: 0 });
  expect(await count(Patient)).toBe(6);
  expect(await count(Appointment)).toBe(7);
});

test('what comes later of a record that was merged is of the one that was kept', async () => {
  await importText(file);
  const query = `{ patients(filter: { possibleDuplicate: true }) { nodes { id appointments { totalCount } } } }`;
  const [kept, other] = (await app.staff.data(query)).patients.nodes;
  const input = { keptId: kept.id, mergedId: other.id, reason: 'One person' };
  await app.staff.data('mutation ($input: MergePatientsInput!) { mergePatients(input: $input) { id } }', { input });
  const later = rows
    .filter(row => row.startsWith('1.00004E+13'))
    .map(row => row.replace(/,90000/, ',91000').replaceAll('2016-04-29', '2016-05-29'));
  expect(await importText([header, ...later].join('\n'))).toMatchObject({ imported: 2, patients: 0 });
  const count = 'query ($id: ID!) { patient(id: $id) { appointments { totalCount } } }';
  const of = async (id: string) => (await app.staff.data(count, { id })).patient.appointments.totalCount;
  expect([await of(kept.id), await of(other.id)]).toEqual([4, 0]);
});

test('an import that was broken off goes on', async () => {
  const stop = new AbortController();
  const broken = importText(file, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(broken).rejects.toThrow('the same command goes on');
  expect(await count(Appointment)).toBe(3);
  expect(await importText(file)).toMatchObject({ imported: 4, unchanged: 3, possibleDuplicates: 2 });
});

test('nothing of a bad row gets in, and the report has its line and reason', async () => {
  const bad = (change: (cells: string[]) => void, id: number): string => {
    const cells = `7.77E+13,${id},F,2016-04-20T16:19:04Z,2016-04-29T00:00:00Z,40,X,0,0,0,0,0,0,No`.split(',');
    change(cells);
    return cells.join(',');
  };
  const text = [
    header,
    bad(cells => (cells[5] = '-1'), 1),
    bad(cells => (cells[5] = '4O'), 2),
    bad(cells => (cells[2] = 'X'), 3),
    bad(cells => (cells[3] = '29/04/2016'), 4),
    bad(cells => (cells[4] = '2016-02-30T00:00:00Z'), 5),
    bad(cells => (cells[0] = ' '), 6),
    bad(cells => cells.pop(), 7),
    bad(cells => (cells[13] = 'Perhaps'), 8),
    bad(cells => (cells[1] = 'A\0B'), 9),
    bad(cells => (cells[6] = 'z'.repeat(100_000)), 10),
    bad(cells => (cells[13] = 'No'), 11),
  ].join('\r\n');
  const { remarks, ...result } = await importText(text);
  expect(result).toMatchObject({ rows: 11, imported: 1, refused: 10 });
  expect(remarks.map(({ line, code, column }) => [line, code, column])).toEqual([
    [2, 'BAD_VALUE', 'Age'],
    [3, 'BAD_VALUE', 'Age'],
    [4, 'BAD_VALUE', 'Gender'],
    [5, 'BAD_VALUE', 'ScheduledDay'],
    [6, 'BAD_VALUE', 'AppointmentDay'],
    [7, 'BAD_VALUE', 'PatientId'],
    [8, 'BAD_CSV', undefined],
    [9, 'BAD_VALUE', 'No-show'],
    [10, 'BAD_VALUE', 'AppointmentID'],
    [11, 'BAD_CSV', undefined],
  ]);
  expect(await count(Patient)).toBe(1);
});

test('a row that contradicts an appointment is refused whole, in the file and against what is stored', async () => {
  const other = (row: string): string => row.replace(',No', ',Yes').replace('1.00001E+13', '1.99999E+13');
  const inFile = await importText([header, rows[0], other(rows[0]!)].join('\n'));
  expect(inFile.remarks).toEqual([
    {
      line: 3,
      kind: 'refused',
      code: 'CONFLICT',
      message: expect.stringContaining('line 2, but differs from it in patient, status'),
    },
  ]);
  const stored = await importText([header, other(rows[0]!)].join('\n'));
  expect(stored.remarks).toEqual([
    { line: 2, kind: 'refused', code: 'CONFLICT', message: expect.stringContaining('the stored appointment') },
  ]);
  expect(await count(Patient)).toBe(1);
});

test('a cell that is not in the encoding of the file costs its row', async () => {
  const text = Buffer.concat([
    Buffer.from(`${header}\n`),
    Buffer.from(rows[0]!.replace('RIVERSIDE', 'VITÓRIA'), 'latin1'),
    Buffer.from(`\n${rows[1]}\n`),
  ]);
  const { imported, remarks } = await importText(text);
  expect(imported).toBe(1);
  expect(remarks).toMatchObject([{ line: 2, code: 'BAD_ENCODING', column: 'Neighbourhood' }]);
});

test('a row that only the database refuses is found among the others', async () => {
  const mapping: Mapping = {
    ...noshow,
    read(row, clinic) {
      const read = noshow.read(row, clinic);
      return row.line === 4 ? { ...read, patient: { ...read.patient, conditions: [{ code: 'no code' }] } } : read;
    },
  };
  const { remarks, ...result } = await importText(file, { mapping, batchSize: 500 });
  expect(result).toMatchObject({ imported: 6, refused: 1 });
  expect(remarks).toContainEqual({
    line: 4,
    kind: 'refused',
    code: 'REFUSED',
    message: expect.stringContaining('patient_condition'),
  });
});

test.each([
  ['', 'is empty'],
  ['a,b\n1,2\n', 'the header lacks PatientId'],
  [`${header},Age\n`, 'the column Age twice'],
])('a file that is none of the format is refused: %j', async (text, message) => {
  await expect(importText(text)).rejects.toThrow(message);
});

test('a file has at most so many rows', async () => {
  await expect(importText(file, { mostRows: 5 })).rejects.toThrow('more than 5 rows');
});

describe('a mapping that a clinic writes down', () => {
  const mapping = declaredMapping({
    name: 'old system',
    delimiter: ';',
    encoding: 'big5',
    patient: {
      externalId: '病歷號',
      name: '姓名',
      birthDate: { column: '生日', format: 'yyyy/M/d' },
      sex: { column: '性別', words: { 女: 'FEMALE', 男: 'MALE' } },
      email: '信箱',
      phone: '電話',
    },
    appointment: {
      externalId: '預約號',
      bookedAt: { column: '預約時間', format: 'yyyy/M/d H:mm' },
      startsAt: { column: '看診時間', format: 'yyyy/M/d H:mm' },
      minutes: 20,
      status: { column: '狀態', words: { 到: 'FULFILLED', 未到: 'NO_SHOW' } },
    },
  });
  // "姓名" and the like in Big5, as hexadecimal: there is no encoder for it in Node.
  const columns = ['病歷號', '姓名', '生日', '性別', '信箱', '電話', '預約號', '預約時間', '看診時間', '狀態'];
  const lines = [
    [
      '1',
      '陳美玲',
      '1978/3/9',
      '女',
      'mei@mail.example',
      '0912-345-678',
      'A1',
      '2016/4/1 9:00',
      '2016/4/29 10:30',
      '到',
    ],
    ['2', '林志明', '1965/11/21', '男', '', '', 'A2', '2016/4/1 9:05', '2016/4/29 11:00', '未到'],
    ['3', '黃淑惠', '1990/7/2', '女', 'no address', '', 'A3', '2016/4/1 9:05', '2016/4/29 11:30', '到'],
  ];

  test('reads its own columns, words, dates and encoding', async () => {
    const utf8 = { ...mapping, encoding: 'utf-8' };
    const { remarks, ...result } = await importText([columns, ...lines].map(cells => cells.join(';')).join('\n'), {
      mapping: utf8,
    });
    expect(result).toMatchObject({ imported: 2, refused: 1 });
    expect(remarks).toMatchObject([{ line: 4, code: 'BAD_VALUE', column: 'email' }]);
    const { patients } = await app.staff.data(`{ patients(search: "美玲") { nodes { name birthDate sex
      contactPoints { system value verifiedAt } appointments { nodes { startsAt endsAt day leadDays status } } } } }`);
    expect(patients.nodes).toEqual([
      {
        name: '陳美玲',
        birthDate: '1978-03-09',
        sex: 'FEMALE',
        contactPoints: [
          { system: 'EMAIL', value: 'mei@mail.example', verifiedAt: null },
          { system: 'PHONE', value: '+886912345678', verifiedAt: null },
        ],
        appointments: {
          nodes: [
            {
              startsAt: '2016-04-29T02:30:00.000Z',
              endsAt: '2016-04-29T02:50:00.000Z',
              day: '2016-04-29',
              leadDays: 28,
              status: 'FULFILLED',
            },
          ],
        },
      },
    ]);
  });

  test('in Big5 too', async () => {
    const names = declaredMapping({ name: 'list', encoding: 'big5', patient: { externalId: 'no', name: 'name' } });
    const row = Buffer.concat([
      Buffer.from('no,name\n7,'),
      Buffer.from('b3afacfcac4', 'hex').subarray(0, 4),
      Buffer.from('\n'),
    ]);
    expect(await importText(row, { mapping: names })).toMatchObject({ imported: 1 });
    expect(await importText(row, { mapping: names })).toMatchObject({ imported: 0, unchanged: 1 });
    const { patients } = await app.staff.data(`{ patients { nodes { name } } }`);
    expect(patients.nodes).toEqual([{ name: '陳美' }]);
  });

  test('takes numbers over encrypted, and refuses those that are none or are another’s, without a word of them', async () => {
    const numbers = { nationalId: 'id', insuranceNumber: 'nhi', chartNumber: 'chart', country: 'of' };
    const list = declaredMapping({ name: 'list', patient: { externalId: 'no', name: 'name', ...numbers } });
    const text = [
      'no,name,id,nhi,chart,of',
      '1,One,A123456789,000012345678,A-001,',
      '2,Two,A123456788,,A-002,',
      '3,Three,C01X00T47,,A-003,DE',
      '4,Four,,,a001,',
      '5,Five,,,A-005,',
    ].join('\n');
    const { remarks, ...result } = await importText(text, { mapping: list, batchSize: 500 });
    expect(result).toMatchObject({ imported: 3, refused: 2 });
    expect(remarks).toMatchObject([
      { line: 3, code: 'BAD_VALUE', column: 'NATIONAL_ID' },
      { line: 5, code: 'REFUSED', message: expect.stringContaining('patient_identifier') },
    ]);
    expect(JSON.stringify(remarks)).not.toMatch(/A123|001/);
    const { patients } = await app.staff.data('{ patients { nodes { name identifiers { kind country masked } } } }');
    expect(patients.nodes.map(({ name }: { name: string }) => name)).toEqual(['Five', 'One', 'Three']);
    expect(patients.nodes[1].identifiers).toEqual(
      expect.arrayContaining([
        { kind: 'NATIONAL_ID', country: 'TW', masked: '•••••••789' },
        { kind: 'INSURANCE_NUMBER', country: 'TW', masked: '•••••••••678' },
        { kind: 'CHART_NUMBER', country: null, masked: '••••' },
      ]),
    );
    const found = `mutation { findPatientByIdentifier(input: { kind: NATIONAL_ID, value: "c01-x00-t47" }) { name } }`;
    expect((await app.staff.data(found)).findPatientByIdentifier).toEqual({ name: 'Three' });
    expect(await importText(text, { mapping: list })).toMatchObject({ imported: 0, unchanged: 3 });
  });

  test.each([
    [{ name: '', patient: { externalId: 'a', name: 'b' } }, 'needs a "name"'],
    [{ name: 'x', patient: { externalId: 'a' } }, '"patient" needs "name"'],
    [{ name: 'x', patient: { externalId: 'a', name: 'b', dob: 'c' } }, 'knows no "dob"'],
    [
      {
        name: 'x',
        patient: { externalId: 'a', name: 'b' },
        appointment: { externalId: 'c', bookedAt: 'd', status: 'e' },
      },
      'either "day" or "startsAt"',
    ],
  ])('is refused with a sentence: %#', (declaration, message) => {
    expect(() => declaredMapping(declaration as never)).toThrow(message);
  });
});
