import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** What is told of a line: `refused`, nothing of it was imported; `note`, it was, and someone should look at it. */
export interface Remark {
  readonly line: number;
  readonly kind: 'refused' | 'note';
  readonly code: string;
  readonly message: string;
  readonly column?: string;
}

/** A CSV file of remarks by line. It holds no values of the imported file, so that it can be sent around. */
export interface Report {
  readonly path: string;
  readonly remarks: number;
  add(remark: Remark): Promise<void>;
  close(): Promise<void>;
}

export async function openReport(path: string): Promise<Report> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file: WriteStream = createWriteStream(path, { mode: 0o600 });
  await once(file, 'open');
  let remarks = 0;
  const write = async (cells: readonly (string | number)[]): Promise<void> => {
    if (!file.write(cells.map(cellOf).join(',') + '\n')) await once(file, 'drain');
  };
  await write(['line', 'kind', 'code', 'column', 'message']);
  return {
    path,
    get remarks() {
      return remarks;
    },
    async add({ line, kind, code, column = '', message }) {
      remarks++;
      await write([line, kind, code, column, message]);
    },
    async close() {
      file.end();
      await finished(file);
    },
  };
}

/** Quoted where CSV asks for it; a leading `=` would be a formula to a spreadsheet. */
function cellOf(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
