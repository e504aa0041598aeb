import { clinics, idOf, today } from './dataset.ts';

/** Where a page begins: after this patient, by the cursor of our server and by what it stands for. */
export interface Position {
  readonly clinic: number;
  readonly cursor: string;
  readonly name: string;
  readonly id: string;
}

/** One thing that is asked of both servers. */
export interface Question {
  readonly clinic: number;
  /** For our server. */
  readonly variables: Record<string, unknown>;
  /** For the hand-written statement. */
  readonly values: readonly unknown[];
}

export interface Operation {
  readonly title: string;
  readonly document: string;
  /** Answers one row with one column, the JSON text of what lies under the root field. */
  readonly statement: string;
  /** What surrounds that text in the answer. */
  readonly envelope: readonly [before: string, after: string];
  question(position: Position): Question;
}

export type OperationName = 'a' | 'b' | 'c' | 'd';

const patientColumns = `id, name, other_name as "otherName", birth_date as "birthDate", sex, created_at as "createdAt"`;
const nodes = (field: string): Operation['envelope'] => [`{"data":{"${field}":{"nodes":`, '}}}'];
const after = ({ clinic, cursor, name, id }: Position): Question => ({
  clinic,
  variables: { after: cursor },
  values: [idOf('clinic', clinic), name, id],
});

/** The operations of the targets: each as a frontend would ask it, and as nobody could answer it faster. */
export const operations: Readonly<Record<OperationName, Operation>> = {
  a: {
    title: 'one patient, 6 scalars',
    document: `query A($id: ID!) { patient(id: $id) { id name otherName birthDate sex createdAt } }`,
    statement: `select row_to_json(p)::text as json
      from (select ${patientColumns} from patient where clinic_id = $1 and id = $2) p`,
    envelope: ['{"data":{"patient":', '}}'],
    question: ({ clinic, id }) => ({ clinic, variables: { id }, values: [idOf('clinic', clinic), id] }),
  },
  b: {
    title: 'page of 50 patients, 8 scalars',
    document: `query B($after: String!) { patients(first: 50, after: $after) {
      nodes { id name otherName birthDate birthDateApproximate sex possibleDuplicate createdAt }
      pageInfo { hasNextPage endCursor } } }`,
    statement: `select coalesce(json_agg(p), '[]')::text as json
      from (select id, name, other_name as "otherName", birth_date as "birthDate",
        birth_date_approximate as "birthDateApproximate", sex, possible_duplicate as "possibleDuplicate",
        created_at as "createdAt"
      from patient where clinic_id = $1 and (name, id) > ($2, $3) order by name, id limit 50) p`,
    envelope: nodes('patients'),
    question: after,
  },
  c: {
    title: '20 appointments with patient and practitioner',
    document: `query C($from: DateTime!) { appointments(filter: { startsAt: { from: $from } }, first: 20) {
      nodes { id startsAt endsAt status leadDays patient { id name } practitioner { id title name } } } }`,
    statement: `select coalesce(json_agg(x), '[]')::text as json from (
      select a.id, starts_at as "startsAt", ends_at as "endsAt", status, lead_days as "leadDays",
        (select row_to_json(p) from
          (select id, name from patient where clinic_id = a.clinic_id and id = a.patient_id) p) as patient,
        (select row_to_json(r) from
          (select id, title, name from practitioner where clinic_id = a.clinic_id and id = a.practitioner_id) r) as practitioner
      from appointment a where clinic_id = $1 and starts_at >= $2 order by starts_at, id limit 20) x`,
    envelope: nodes('appointments'),
    question: ({ clinic }) => {
      const from = new Date(today.getTime() + Math.floor(Math.random() * 60 * 86_400_000)).toISOString();
      return { clinic, variables: { from }, values: [idOf('clinic', clinic), from] };
    },
  },
  d: {
    title: '20 patients, last 5 visits each, practitioner',
    document: `query D($after: String!) { patients(first: 20, after: $after) { nodes { id name otherName
      visits(first: 5) { nodes { id startedAt status practitioner { id name } } } } } }`,
    statement: `select coalesce(json_agg(x), '[]')::text as json from (
      select id, name, other_name as "otherName", json_build_object('nodes', (select coalesce(json_agg(v), '[]') from (
        select id, started_at as "startedAt", status,
          (select row_to_json(r) from
            (select id, name from practitioner where clinic_id = visit.clinic_id and id = visit.practitioner_id) r) as practitioner
        from visit where clinic_id = $1 and patient_id = p.id order by started_at desc, id desc limit 5) v)) as visits
      from patient p where clinic_id = $1 and (name, id) > ($2, $3) order by name, id limit 20) x`,
    envelope: nodes('patients'),
    question: after,
  },
};

export const operationNames = Object.keys(operations) as OperationName[];

export const everyClinic = Array.from({ length: clinics }, (_, at) => at + 1);
