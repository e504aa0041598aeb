import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { rapportHome } from '../../api/database/home.ts';
import type { OperationName, Question } from './operations.ts';

export const peerNames = ['postgraphile', 'mercurius'] as const;
export type PeerName = (typeof peerNames)[number];

const files = ['package.json', 'package-lock.json', 'postgraphile.mjs', 'mercurius.mjs'];

/**
 * Puts what we compare with into a folder of its own, with its own lock file, the first time and when that changes: nobody
 * else needs the three hundred packages. Answers the folder.
 */
export function installPeers(onProgress: (step: string) => void): string {
  const source = fileURLToPath(new URL('./peers/', import.meta.url));
  const folder = path.join(rapportHome(), 'bench-peers');
  const lockOf = (directory: string): string => readFileSync(path.join(directory, 'package-lock.json'), 'utf8');
  const isThere = existsSync(path.join(folder, 'node_modules')) && lockOf(folder) === lockOf(source);
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(path.join(source, file), path.join(folder, file));
  if (isThere) return folder;
  onProgress('Installing PostGraphile and Mercurius');
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  if (status !== 0) throw new Error(`The peers could not be installed: ${String(stderr).slice(-500)}`);
  return folder;
}

// Pages by two columns are not part of PostGraphile, so it is given them as functions, which it plans into its statement.
const functions = [
  `create or replace function peer_patients(clinic uuid, after_name text, after_id uuid) returns setof patient
   language sql stable as $$ select * from patient
     where clinic_id = clinic and (name, id) > (after_name collate "zh-Hant-x-icu", after_id) order by name, id $$`,
  `create or replace function peer_appointments(clinic uuid, since timestamptz) returns setof appointment
   language sql stable as $$ select * from appointment
     where clinic_id = clinic and starts_at >= since order by starts_at, id $$`,
];

export async function preparePeers(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  for (const statement of functions) await client.query(statement);
  await client.end();
}

interface Asked {
  readonly document: string;
  variables(values: Question['values']): Record<string, unknown>;
}

const byPosition = ([clinic, name, id]: Question['values']): Record<string, unknown> => ({ clinic, name, id });

/** The same as our operations, each in the words of the peer and with the answer in ours. */
export const peerOperations: Readonly<Record<PeerName, Readonly<Record<OperationName, Asked>>>> = {
  postgraphile: {
    a: {
      document: `query A($clinic: UUID!, $id: UUID!) { patient: patientByClinicIdAndRowId(clinicId: $clinic, rowId: $id) {
        id: rowId name otherName birthDate sex createdAt } }`,
      variables: ([clinic, id]) => ({ clinic, id }),
    },
    b: {
      document: `query B($clinic: UUID!, $name: String!, $id: UUID!) {
        patients: peerPatients(clinic: $clinic, afterName: $name, afterId: $id, first: 50) { nodes {
          id: rowId name otherName birthDate birthDateApproximate sex possibleDuplicate createdAt } } }`,
      variables: byPosition,
    },
    c: {
      document: `query C($clinic: UUID!, $from: Datetime!) {
        appointments: peerAppointments(clinic: $clinic, since: $from, first: 20) { nodes {
          id: rowId startsAt endsAt status leadDays patient: patientByClinicIdAndPatientId { id: rowId name }
          practitioner: practitionerByClinicIdAndPractitionerId { id: rowId title name } } } }`,
      variables: ([clinic, from]) => ({ clinic, from }),
    },
    d: {
      document: `query D($clinic: UUID!, $name: String!, $id: UUID!) {
        patients: peerPatients(clinic: $clinic, afterName: $name, afterId: $id, first: 20) { nodes {
          id: rowId name otherName visits: visitsByClinicIdAndPatientId(first: 5, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { nodes {
            id: rowId startedAt status practitioner: practitionerByClinicIdAndPractitionerId { id: rowId name } } } } } }`,
      variables: byPosition,
    },
  },
  mercurius: {
    a: {
      document: `query A($clinic: ID!, $id: ID!) { patient(clinicId: $clinic, id: $id) { id name otherName birthDate sex createdAt } }`,
      variables: ([clinic, id]) => ({ clinic, id }),
    },
    b: {
      document: `query B($clinic: ID!, $name: String!, $id: ID!) { patients(clinicId: $clinic, name: $name, id: $id, first: 50) {
        id name otherName birthDate birthDateApproximate sex possibleDuplicate createdAt } }`,
      variables: byPosition,
    },
    c: {
      document: `query C($clinic: ID!, $from: String!) { appointments(clinicId: $clinic, from: $from, first: 20) {
        id startsAt endsAt status leadDays patient { id name } practitioner { id title name } } }`,
      variables: ([clinic, from]) => ({ clinic, from }),
    },
    d: {
      document: `query D($clinic: ID!, $name: String!, $id: ID!) { patients(clinicId: $clinic, name: $name, id: $id, first: 20) {
        id name otherName visits(first: 5) { id startedAt status practitioner { id name } } } }`,
      variables: byPosition,
    },
  },
};
