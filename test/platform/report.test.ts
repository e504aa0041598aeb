import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openReport } from '../../scripts/import/report.ts';

test('a report is a CSV file for its owner alone, and holds no formulas', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'report-'));
  const file = path.join(directory, 'reports', 'day.csv');
  const report = await openReport(file);
  await report.add({ line: 2, kind: 'refused', code: 'BAD_VALUE', column: '=Age', message: 'is "old",\nor new' });
  await report.close();
  expect(await readFile(file, 'utf8')).toBe(
    `line,kind,code,column,message\n2,refused,BAD_VALUE,'=Age,"is ""old"",\nor new"\n`,
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(report.remarks).toBe(1);
  await rm(directory, { recursive: true });
});
