import fc from 'fast-check';
import { recordsOf } from '../../scripts/import/csv.ts';

type Told = [line: number, ...cells: string[]];

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Buffer, { size = 1 << 16, longestRecord = 64 } = {}): Promise<Told[]> {
  const told: Told[] = [];
  for await (const record of recordsOf(inPieces(Buffer.from(text), size), { longestRecord })) {
    told.push([record.line, ...('fault' in record ? ['!'] : record.cells.map(String))]);
  }
  return told;
}

test('rows carry the line on which they begin, whatever ends a line', async () => {
  const rows: Told[] = [
    [1, 'a', 'b'],
    [2, 'x\r\ny', '1'],
    [6, '2', '3'],
  ];
  expect(await read('a,b\r\n"x\r\ny",1\r\n\r\n\r\n2,3\r\n')).toEqual(rows);
  expect(await read('a,b\n1,2\r\n"x\ny",3\n4,5')).toEqual([
    [1, 'a', 'b'],
    [2, '1', '2'],
    [3, 'x\ny', '3'],
    [5, '4', '5'],
  ]);
});

test('a byte order mark is passed over, and UTF-16 is named', async () => {
  expect(await read(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('a\n1\n')]))).toEqual([
    [1, 'a'],
    [2, '1'],
  ]);
  await expect(read(Buffer.from('\ufeffa\n1\n', 'utf16le'))).rejects.toThrow('UTF-16');
});

test.each([
  ['a quotation mark in an unquoted value', '1,x"y'],
  ['something after a closing quotation mark', '"a"b,2'],
  ['a row that is too long', 'z'.repeat(5_000) + ',2'],
  ['a quotation mark that is never closed', '"z,2'],
])('%s costs its own line only', async (_, broken) => {
  const rest = Array.from({ length: 30 }, (_, row) => `${row},${row}`);
  const expected = [[1, 'a', 'b'], [2, '1', '2'], [3, '!'], ...rest.map((_, row) => [row + 4, `${row}`, `${row}`])];
  for (const size of [1, 7, 100, 1 << 16]) {
    expect(await read(['a,b', '1,2', broken, ...rest].join('\n'), { size })).toEqual(expected);
  }
});

test('a file of broken rows is given up', async () => {
  await expect(read('x"y\n'.repeat(2_000))).rejects.toThrow('is this a CSV file?');
});

test('what was written comes back, cut into any pieces', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '王', '𠮷'), maxLength: 6 });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 20 }),
      async (rows, size) => {
        const text = rows.map(row => row.map(quoted).join(',') + '\n').join('');
        const read_ = await read(text, { size, longestRecord: 1 << 16 });
        expect(read_.map(([, ...cells]) => cells)).toEqual(rows);
        const starts = rows.map((_, at) => rows.slice(0, at).flat().join('').split('\n').length + at);
        expect(read_.map(([line]) => line)).toEqual(starts);
      },
    ),
    { numRuns: 100 },
  );
});
