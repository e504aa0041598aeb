import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AppointmentStatus, IdentifierValue, Sex } from 'clinic-rapport/schema';
import { declaredMapping, type Declaration } from './declared.ts';
import noshow from './noshow.ts';
import type { Row } from './row.ts';

/** How the rows of another system's file become patients and appointments. */
export interface Mapping {
  /** The other system: with an id of its own it tells whether a row was imported before. */
  readonly name: string;
  /** Columns that the header must have. Others are passed over. */
  readonly columns: readonly string[];
  /** `,` if not given. */
  readonly delimiter?: string;
  /** A label of the Encoding Standard, as `big5`; `utf-8` if not given. */
  readonly encoding?: string;
  /** Throws `BadRow` for a row that cannot be read; nothing of it is imported then. */
  read(row: Row, clinic: ImportingClinic): ImportedRow;
}

export interface ImportingClinic {
  readonly timeZone: string;
}

export interface ImportedRow {
  readonly patient: ImportedPatient;
  readonly appointment?: ImportedAppointment;
}

export interface ImportedPatient {
  readonly externalId: string;
  readonly name: string;
  readonly otherName?: string;
  readonly birthDate?: string;
  readonly birthDateApproximate?: boolean;
  readonly sex?: Sex;
  readonly email?: string;
  readonly phone?: string;
  /** Stored encrypted; of a patient who is there already none is added. */
  readonly identifiers?: readonly IdentifierValue[];
  readonly conditions?: readonly { readonly code: string; readonly display?: string }[];
  /** An id of the other system that several patients share by mistake: they are flagged as possible duplicates. */
  readonly sharedId?: string;
}

export interface ImportedAppointment {
  readonly externalId: string;
  readonly day: string;
  readonly startsAt?: Date;
  readonly endsAt?: Date;
  readonly bookedAt: Date;
  /** A `FULFILLED` one gets its visit. */
  readonly status: AppointmentStatus;
}

const known: Readonly<Record<string, Mapping>> = { noshow };

/** A mapping of ours by its name, or a clinic's own by the path of its file: a `.json` declaration, or a `.js` module. */
export async function findMapping(format: string): Promise<Mapping> {
  if (Object.hasOwn(known, format)) return known[format]!;
  const path = resolve(format);
  switch (extname(format)) {
    case '.json':
      return declaredMapping(JSON.parse(await readFile(path, 'utf8')) as Declaration);
    case '.js':
    case '.mjs':
      return checked(((await import(pathToFileURL(path).href)) as { default: Mapping }).default, format);
    default:
      throw new Error(
        `There is no format '${format}'. Known: ${Object.keys(known).join(', ')}; or name a .json or .js file.`,
      );
  }
}

function checked(mapping: Mapping | undefined, file: string): Mapping {
  if (typeof mapping?.name === 'string' && Array.isArray(mapping.columns) && typeof mapping.read === 'function') {
    return mapping;
  }
  throw new Error(`${file} has no mapping as its default export: { name, columns, read(row, clinic) }.`);
}
