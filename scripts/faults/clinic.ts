import { v7 as newId } from 'uuid';
import type { Plugin, Role } from 'clinic-rapport';
import type { Issuer } from '../../api/auth/issuer.ts';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import type { Cluster } from './cluster.ts';
import { noon } from './noon.ts';

/** A clinic of nobody, to be maltreated. */
export interface Clinic {
  readonly id: string;
  readonly slug: string;
  readonly patientIds: readonly string[];
  readonly practitionerIds: readonly string[];
  readonly roomIds: readonly string[];
  readonly serviceId: string;
  /** Bearer tokens; the patient is the first one. */
  readonly tokens: Readonly<Record<Role, string>>;
}

export interface ClinicOptions {
  slug: string;
  patients?: number;
  practitioners?: number;
}

interface Ground {
  cluster: Cluster;
  plugins: readonly Plugin[];
  issuer: Issuer;
}

const roles = ['owner', 'frontDesk', 'practitioner', 'marketer', 'patient', 'plugin', 'operator'] as const;

/** Patients with a verified address who agreed to everything, practitioners, and someone of each role. */
export async function plantClinic(
  { cluster, plugins, issuer }: Ground,
  { slug, patients = 50, practitioners = 10 }: ClinicOptions,
): Promise<Clinic> {
  const id = await createClinic(cluster.url, { ...about, slug, name: `Clinic ${slug}` }, plugins);
  const ids = (count: number): string[] => Array.from({ length: count }, () => newId());
  const [patientIds, practitionerIds, roomIds] = [ids(patients), ids(practitioners), ids(practitioners)];
  const [serviceId] = ids(1) as [string];
  await cluster.query(
    `insert into service (clinic_id, id, code, name, duration_minutes) values ($1, $2, 'S', '{"en":"Check"}', 30)`,
    [id, serviceId],
  );
  await cluster.query(
    `insert into practitioner (clinic_id, id, name) select $1, id, 'Dr. ' || n from unnest($2::uuid[]) with ordinality x (id, n)`,
    [id, practitionerIds],
  );
  await cluster.query(
    `with place as (insert into location (clinic_id, id, name, address) values ($1, $2, '{"en":"House"}', '{"en":"Street"}') returning id)
     insert into room (clinic_id, id, location_id, name) select $1, x.id, place.id, 'R' || n
     from place, unnest($3::uuid[]) with ordinality x (id, n)`,
    [id, newId(), roomIds],
  );
  await plantPatients(cluster, id, patientIds, slug);
  const tokens = {} as Record<Role, string>;
  for (const role of roles) {
    const subject = `faults|${slug}|${role}`;
    const patientId = role === 'patient' ? patientIds[0] : undefined;
    await createUser(cluster.url, id, { subject, name: role, locale: 'en', roles: [{ role, patientId }] });
    tokens[role] = await issuer.issue({ subject });
  }
  return { id, slug, patientIds, practitionerIds, roomIds, serviceId, tokens };
}

const about = {
  timeZone: noon(),
  locale: 'en',
  currency: 'TWD',
  sender: { name: 'Clinic', address: 'clinic@faults.example' },
} as const;

async function plantPatients(
  { query }: Cluster,
  clinicId: string,
  ids: readonly string[],
  slug: string,
): Promise<void> {
  const each = `unnest($2::uuid[]) with ordinality x (id, n)`;
  await query(`insert into patient (clinic_id, id, name, language) select $1, id, 'Patient ' || n, 'en' from ${each}`, [
    clinicId,
    ids,
  ]);
  await query(
    `insert into contact_point (clinic_id, id, patient_id, system, value, verified_at)
     select $1, gen_random_uuid(), id, 'EMAIL', 'p' || n || '@${slug}.example', now() from ${each}`,
    [clinicId, ids],
  );
  await query(
    `insert into consent (clinic_id, id, patient_id, purpose, channel, decision, source, evidence, actor_kind, actor_id, recorded_at)
     select $1, gen_random_uuid(), id, 'MARKETING', 'EMAIL', 'GIVEN', 'IMPORT', 'Of the faults', 'system', 'faults', now() from ${each}`,
    [clinicId, ids],
  );
}
