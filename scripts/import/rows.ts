import { checkedIdentifier, normalAddress, phoneCountryOf } from 'clinic-rapport/schema';
import { RapportError } from '../../api/errors.ts';
import { recordsOf, type CsvFault, type CsvRecord } from './csv.ts';
import type { ImportedRow, ImportingClinic, Mapping } from './mapping.ts';
import { BadRow, Row } from './row.ts';

const longestName = 200;

/** A row that can be imported, or why it cannot. */
export type ReadRow = { readonly line: number } & (
  { readonly imported: ImportedRow } | { readonly refused: { code: string; message: string; column?: string } }
);

/** What the rows of a file say, by the mapping. Throws where the file is none of the mapping's at all. */
export async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  mapping: Mapping,
  clinic: ImportingClinic,
): AsyncGenerator<ReadRow> {
  const decode = decoderOf(mapping.encoding ?? 'utf-8');
  let header: readonly string[] | undefined;
  for await (const record of recordsOf(chunks, { delimiter: mapping.delimiter })) {
    if (header) yield readRow(record, header, mapping, clinic, decode);
    else header = headerOf(record, mapping, decode);
  }
  if (!header) throw new Error('The file is empty: it has not even a header.');
}

type Decode = (bytes: Buffer) => string;

function decoderOf(encoding: string): Decode {
  try {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    return bytes => decoder.decode(bytes);
  } catch {
    throw new Error(`The encoding '${encoding}' is not known; write it as utf-8, big5 or gb18030.`);
  }
}

function headerOf(record: CsvRecord | CsvFault, { columns, name }: Mapping, decode: Decode): readonly string[] {
  if ('fault' in record) throw new Error(`Line ${record.line}, the header, cannot be read. ${record.fault}`);
  const header = record.cells.map(cell => {
    try {
      return decode(cell).trim();
    } catch {
      throw new Error('The header is not in the encoding of the mapping (utf-8 unless it names another).');
    }
  });
  const missing = columns.filter(column => !header.includes(column));
  if (missing.length > 0) {
    throw new Error(`This is no file for the format '${name}': the header lacks ${missing.join(', ')}.`);
  }
  const twice = columns.find(column => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice) throw new Error(`The header has the column ${twice} twice.`);
  return header;
}

function readRow(
  record: CsvRecord | CsvFault,
  header: readonly string[],
  mapping: Mapping,
  clinic: ImportingClinic,
  decode: Decode,
): ReadRow {
  const { line } = record;
  try {
    return { line, imported: complete(mapping.read(new Row(line, valuesOf(record, header, decode)), clinic), clinic) };
  } catch (error) {
    if (!(error instanceof BadRow)) throw error;
    return { line, refused: { code: error.code, message: error.message, column: error.column } };
  }
}

function valuesOf(record: CsvRecord | CsvFault, header: readonly string[], decode: Decode): Map<string, string> {
  if ('fault' in record) throw new BadRow('BAD_CSV', record.fault);
  if (record.cells.length !== header.length) {
    throw new BadRow('BAD_CSV', `The row has ${record.cells.length} cells, the header ${header.length}.`);
  }
  const values = new Map<string, string>();
  for (const [at, cell] of record.cells.entries()) {
    try {
      values.set(header[at]!, decode(cell));
    } catch {
      throw new BadRow('BAD_ENCODING', `${header[at]} is not in the encoding of the file.`, header[at]);
    }
  }
  return values;
}

/** What would be refused, found before: names that are too long, addresses and numbers that are none. */
function complete({ patient, appointment }: ImportedRow, { timeZone }: ImportingClinic): ImportedRow {
  const { name, otherName = '', email, phone } = patient;
  const home = phoneCountryOf(timeZone);
  if ([name, otherName].some(text => [...text].length > longestName)) {
    throw new BadRow('BAD_VALUE', `A name is longer than ${longestName} characters.`);
  }
  try {
    const addresses = {
      email: email && normalAddress('EMAIL', email, 'email'),
      phone: phone && normalAddress('PHONE', phone, 'phone', home),
    };
    const identifiers = patient.identifiers?.map(identifier => {
      const { kind, country = kind === 'CHART_NUMBER' ? null : (home ?? null) } = identifier;
      checkedIdentifier({ ...identifier, country }, kind);
      return { ...identifier, country };
    });
    return { patient: { ...patient, ...addresses, identifiers }, appointment };
  } catch (error) {
    if (error instanceof RapportError) throw new BadRow('BAD_VALUE', error.message, error.field);
    throw error;
  }
}
