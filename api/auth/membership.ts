import DataLoader from 'dataloader';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { RapportError } from '../errors.ts';
import type { Actor, Permission, Plugin, Role } from '../plugin.ts';

/** What a user is in one clinic. */
export interface Membership {
  readonly userId: string;
  readonly clinicId: string;
  readonly roles: readonly Role[];
  readonly patientIds: '*' | readonly string[];
}

export interface Entry {
  subject: string;
  user_id: string;
  clinic_id: string | null;
  role: Role | null;
  patient_id: string | null;
}

export interface Memberships {
  /** What the user with this subject is, clinic by clinic; nothing for one who is unknown or disabled. */
  of(subject: string): Promise<readonly Entry[]>;
}

/** Reads who is what, always anew; those who are asked for at one time by one statement. */
export function createMemberships({ dispatch }: Database, clock: Clock): Memberships {
  const entries = new DataLoader<string, readonly Entry[]>(
    async subjects => {
      const { rows } = await dispatch.query<Entry>({
        name: 'memberships',
        text: `select u.subject, u.id as user_id, r.clinic_id, r.role, r.patient_id
          from (
            select subject, id, disabled_at from user_account where subject = any($1)
            union all
            select external_subject, id, disabled_at from user_account where external_subject = any($1)
          ) u left join user_role r on r.user_id = u.id and (r.until is null or r.until > $2)
          where u.disabled_at is null`,
        values: [subjects, clock.now().toISOString()],
      });
      const bySubject = Map.groupBy(rows, ({ subject }) => subject);
      return subjects.map(subject => ofOneUser(bySubject.get(subject) ?? []));
    },
    { cache: false, maxBatchSize: 500 },
  );
  return { of: subject => entries.load(subject) };
}

/** A subject that an operator gave to one account, and an issuer to another, is that of the first: two are never mixed. */
const ofOneUser = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter(({ user_id }) => user_id === entries[0]!.user_id);

/**
 * The user's part in the clinic that the request names, or in the only one there is. Throws UNAUTHENTICATED for an unknown
 * user, BAD_USER_INPUT where a clinic has to be named, FORBIDDEN for one that the user is no member of.
 */
export function membershipIn(clinicId: string | undefined, known: readonly Entry[]): Membership {
  if (known.length === 0) throw new RapportError('UNAUTHENTICATED', 'The user of this token is not known here.');
  const chosen = clinicId ?? onlyClinic(known);
  const entries = known.filter(entry => entry.clinic_id === chosen);
  if (entries.length === 0) throw new RapportError('FORBIDDEN', 'You are not a member of this clinic.');
  return { userId: known[0]!.user_id, clinicId: chosen, ...standing(entries) };
}

function onlyClinic(entries: readonly Entry[]): string {
  const clinics = new Set(entries.flatMap(({ clinic_id }) => clinic_id ?? []));
  if (clinics.size === 0) throw new RapportError('FORBIDDEN', 'You are not a member of any clinic.');
  if (clinics.size === 1) return [...clinics][0]!;
  throw new RapportError(
    'BAD_USER_INPUT',
    'You are a member of several clinics: name one in the header `x-clinic-id`.',
    { field: 'x-clinic-id' },
  );
}

/**
 * Staff see all patients with the rights of staff; others see themselves and their wards with the rights of a patient. The
 * two are never added up: who is a marketer and a patient would else read every patient with a patient's rights.
 */
function standing(entries: readonly Entry[]): Pick<Membership, 'roles' | 'patientIds'> {
  // The audit names the first: what was read in an emergency was read by that.
  const isFirst = ({ role }: Entry): number => (role === 'emergency' ? 0 : 1);
  const roles = [...new Set(entries.toSorted((a, b) => isFirst(a) - isFirst(b)).map(({ role }) => role!))];
  const staff = roles.filter(role => role !== 'patient');
  if (staff.length > 0) return { roles: staff, patientIds: '*' };
  return { roles, patientIds: entries.flatMap(({ patient_id }) => patient_id ?? []) };
}

const interned = new Map<string, ReadonlySet<string>>();

/** The permissions of these roles, of enabled plugins. Equal sets are one object: plans are cached by it. */
export function permissionsOf(
  roles: readonly Role[],
  enabled: ReadonlySet<string>,
  plugins: readonly Plugin[],
): ReadonlySet<string> {
  return those(enabled, plugins, permission => permission.roles.some(role => roles.includes(role)));
}

/** What an API key was given, as far as there is such a permission and its plugin is enabled. */
export const permissionsIn = (
  scopes: readonly string[],
  enabled: ReadonlySet<string>,
  plugins: readonly Plugin[],
): ReadonlySet<string> => those(enabled, plugins, ({ name }) => scopes.includes(name));

function those(
  enabled: ReadonlySet<string>,
  plugins: readonly Plugin[],
  isGiven: (permission: Permission) => boolean,
): ReadonlySet<string> {
  const names = plugins
    .filter(({ name }) => enabled.has(name))
    .flatMap(({ permissions = [] }) => permissions)
    .filter(isGiven)
    .map(({ name }) => name)
    .sort();
  const key = names.join();
  const set = interned.get(key) ?? new Set(names);
  interned.set(key, set);
  return set;
}

export const actorOf = ({ userId, roles, patientIds }: Membership, permissions: ReadonlySet<string>): Actor =>
  Object.freeze({ kind: 'user', id: userId, roles, permissions, patientIds });
