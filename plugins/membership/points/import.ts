import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import {
  badInput,
  definePermission,
  Idempotent,
  LocalDate,
  RapportError,
  type Context,
  type ErrorCode,
} from 'clinic-rapport';
import { identifierFind } from 'clinic-rapport/schema';
import { mostPoints } from './ledger-entry.ts';
import { bringIn, type Accepted } from './bringing-in.ts';
import { ownersOf } from './import-owners.ts';
import { today } from './open-lots.ts';
import { wordsOf } from './words-of-staff.ts';

const mostLines = 1_000;

export const pointsImport = definePermission(
  'membership.points.import',
  'Bring the points of patients along from an earlier system',
);

@InputType({ description: 'What one patient had; either `patientId` or `chartNumber` is given.' })
export class ImportPointsLine {
  @Field(() => ID, { nullable: true, description: 'Whose points.' })
  patientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Chart number of the patient, which needs the right to find patients by it.',
  })
  chartNumber?: string | null;

  @Field(() => Int, { description: `How many, 1 to ${mostPoints}.` })
  points: number;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The last day on which they can be spent, today or later; for ever if not given.',
  })
  expiresOn?: string | null;
}

@InputType({ description: 'A list of points to bring along.' })
export class ImportPointsInput {
  @Field(() => String, {
    description:
      'What the list is called, 1 to 100 characters: of one list a patient gets points once, however often it is sent.',
  })
  source: string;

  @Field(() => [ImportPointsLine], { description: `1 to ${mostLines} lines, one for a patient.` })
  lines: ImportPointsLine[];
}

@ObjectType({ description: 'What is wrong with a line.' })
export class PointsImportError {
  @Field(() => Int, { description: 'Which line; the first is 0.' })
  line: number;

  @Field(() => String, { description: 'BAD_USER_INPUT, NOT_FOUND or CONFLICT.' })
  code: ErrorCode;

  @Field(() => String, { description: 'In English, for whoever mends the list.' })
  message: string;
}

@ObjectType({ description: 'What became of a list: all of it, or nothing where there are errors.' })
export class PointsImport {
  @Field(() => Int, { description: 'Lines that were brought in now.' })
  imported: number;

  @Field(() => Int, { description: 'Lines that had been brought in before, and were left.' })
  known: number;

  @Field(() => [PointsImportError], { description: 'One for each line that is wrong.' })
  errors: PointsImportError[];
}

@Resolver()
export class ImportResolver {
  @Authorized(pointsImport)
  @Idempotent()
  @Mutation(() => PointsImport, {
    description: 'Brings points along from an earlier system: all lines, or none and what is wrong with each.',
  })
  importPoints(
    @Arg('input', () => ImportPointsInput, { description: 'The list.' }) input: ImportPointsInput,
    @Ctx() context: Context,
  ): Promise<PointsImport> {
    return importPoints(input, context);
  }
}

/** Throws BAD_USER_INPUT for a list of no lines or too many, and FORBIDDEN for chart numbers without the right to find by them. */
export async function importPoints({ source, lines }: ImportPointsInput, context: Context): Promise<PointsImport> {
  const list = wordsOf(source, 'input.source', 100);
  if (lines.length < 1 || lines.length > mostLines) {
    throw badInput('input.lines', `\`input.lines\` must have 1 to ${mostLines} lines.`);
  }
  if (lines.some(({ chartNumber }) => chartNumber != null) && !context.can(identifierFind)) {
    throw new RapportError('FORBIDDEN', `Chart numbers need the permission '${identifierFind.name}'.`);
  }
  const owners = await ownersOf(lines, context);
  const day = await today(context);
  const seen = new Set<string>();
  const errors: PointsImportError[] = [];
  const accepted: Accepted[] = [];
  for (const [line, given] of lines.entries()) {
    const owner = owners[line]!;
    const wrong = wrongWith(given, day) ?? ('code' in owner ? owner : undefined);
    if (wrong || 'code' in owner) errors.push({ line, ...(wrong ?? (owner as Wrong)) });
    else if (seen.has(owner.patientId)) errors.push({ line, ...twice });
    else accepted.push({ line, patientId: owner.patientId, points: given.points, expiresOn: given.expiresOn ?? null });
    if ('patientId' in owner) seen.add(owner.patientId);
  }
  return errors.length > 0 ? { imported: 0, known: 0, errors } : bringIn(list, accepted, context);
}

export interface Wrong {
  readonly code: ErrorCode;
  readonly message: string;
}

const twice: Wrong = { code: 'BAD_USER_INPUT', message: 'The same patient stands in an earlier line.' };

function wrongWith({ patientId, chartNumber, points, expiresOn }: ImportPointsLine, day: string): Wrong | undefined {
  const bad = (message: string): Wrong => ({ code: 'BAD_USER_INPUT', message });
  if ((patientId == null) === (chartNumber == null)) return bad('Give `patientId` or `chartNumber`, and not both.');
  if (points < 1 || points > mostPoints) return bad(`\`points\` must be 1 to ${mostPoints}.`);
  if (expiresOn != null && expiresOn < day) return bad('`expiresOn` is over.');
  return undefined;
}
