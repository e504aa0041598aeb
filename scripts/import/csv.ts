import { CsvError, parse, type Parser } from 'csv-parse';

/** A record of the file, not decoded yet. */
export interface CsvRecord {
  /** Line on which it begins; the first is 1. */
  readonly line: number;
  readonly cells: readonly Buffer[];
}

/** A line that is no record: told, and passed over. */
export interface CsvFault {
  readonly line: number;
  readonly fault: string;
}

export interface CsvOptions {
  delimiter?: string;
  /** Bytes of one record; 64 KiB if not given. */
  longestRecord?: number;
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);
const lineFeed = 0x0a;
const mostFaults = 1_000;

const faults: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: 'The row is too long, or a quotation mark in it is never closed.',
  CSV_QUOTE_NOT_CLOSED: 'A quotation mark is never closed.',
  CSV_INVALID_CLOSING_QUOTE: 'Something stands between a closing quotation mark and the delimiter.',
  INVALID_OPENING_QUOTE:
    'A quotation mark stands inside a value that is not quoted; write it twice and quote the value.',
};

/**
 * The records of a CSV stream in flat memory. A broken record costs its own line only: reading goes on with the next one,
 * where a parser that skips would take everything up to the next quotation mark along with it.
 */
export async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  options: CsvOptions = {},
): AsyncGenerator<CsvRecord | CsvFault> {
  const reader = new CsvReader(options);
  let isFirst = true;
  for await (const chunk of chunks) {
    yield* reader.take(isFirst ? withoutMark(chunk) : chunk);
    isFirst = false;
  }
  yield* reader.end();
}

function withoutMark(chunk: Buffer): Buffer {
  const mark = chunk.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') throw new Error('The file is UTF-16. Save it as UTF-8 and try again.');
  return chunk.subarray(0, 3).equals(utf8Mark) ? chunk.subarray(3) : chunk;
}

class CsvReader {
  readonly #options: CsvOptions;
  #parser: Parser;
  #found: { cells: Buffer[]; end: number }[] = [];
  /** Bytes that are read and belong to no record yet, and the line on which they begin. */
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  /** How many bytes of the parser's input lie before `#rest`. */
  #offset = 0;
  #faults = 0;
  #isSkipping = false;

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#parser = this.#newParser();
  }

  async *take(chunk: Buffer): AsyncGenerator<CsvRecord | CsvFault> {
    const bytes = this.#isSkipping ? this.#afterLineEnd(chunk) : chunk;
    if (bytes.length > 0) yield* this.#read(bytes, false);
  }

  async *end(): AsyncGenerator<CsvRecord | CsvFault> {
    yield* this.#read(Buffer.alloc(0), true);
  }

  async *#read(bytes: Buffer, isLast: boolean): AsyncGenerator<CsvRecord | CsvFault> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    let error = await this.#parse(bytes, isLast);
    yield* this.#drain();
    while (error) {
      if (++this.#faults > mostFaults) throw new Error(`More than ${mostFaults} rows are broken: is this a CSV file?`);
      yield { line: this.#firstLine(), fault: faults[error.code] ?? error.message };
      this.#restart();
      error = this.#rest.length > 0 || isLast ? await this.#parse(this.#rest, isLast) : undefined;
      yield* this.#drain();
    }
  }

  #newParser(): Parser {
    const { delimiter = ',', longestRecord = 65_536 } = this.#options;
    const parser = parse({
      delimiter,
      encoding: null,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestRecord,
      on_record: (cells, { bytes }) => {
        this.#found.push({ cells: cells as unknown as Buffer[], end: bytes });
        return null;
      },
    });
    // The error comes back from `write` too; without a listener it would end the process.
    parser.on('error', () => {});
    return parser.resume();
  }

  async #parse(bytes: Buffer, isLast: boolean): Promise<CsvError | undefined> {
    if (bytes.length > 0) {
      const error = await new Promise<unknown>(resolve => this.#parser.write(bytes, resolve));
      if (error) return faultOf(error);
    }
    if (!isLast) return undefined;
    const ended = new Promise<unknown>(resolve => this.#parser.once('error', resolve).once('end', resolve));
    this.#parser.end();
    return faultOf(await ended);
  }

  *#drain(): Generator<CsvRecord> {
    for (const { cells, end } of this.#found.splice(0)) {
      yield { line: this.#firstLine(), cells };
      this.#drop(end - this.#offset);
    }
  }

  /** Empty lines before a record are part of its bytes. */
  #firstLine(): number {
    const start = this.#rest.findIndex(byte => byte !== lineFeed && byte !== 0x0d);
    return this.#line + linesIn(this.#rest.subarray(0, Math.max(start, 0)));
  }

  #drop(length: number): void {
    this.#line += linesIn(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    this.#offset += length;
  }

  /** A new parser, from the line after the broken one. */
  #restart(): void {
    this.#line = this.#firstLine();
    const start = this.#rest.findIndex(byte => byte !== lineFeed && byte !== 0x0d);
    this.#rest = this.#afterLineEnd(this.#rest.subarray(Math.max(start, 0)));
    this.#offset = 0;
    this.#parser = this.#newParser();
  }

  #afterLineEnd(bytes: Buffer): Buffer {
    const end = bytes.indexOf(lineFeed);
    this.#isSkipping = end < 0;
    if (end < 0) return Buffer.alloc(0);
    this.#line += 1;
    return bytes.subarray(end + 1);
  }
}

const faultOf = (error: unknown): CsvError | undefined => {
  if (error === undefined || error === null || error instanceof CsvError) return error ?? undefined;
  throw error;
};

/** Ends of lines: LF, CR LF, or a CR alone. */
function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === lineFeed || (bytes[at] === 0x0d && bytes[at + 1] !== lineFeed)) lines++;
  }
  return lines;
}
