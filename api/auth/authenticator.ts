import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import { systemClock, type Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { RapportError } from '../errors.ts';
import type { Counter } from '../limits/counter.ts';
import type { Enablement } from '../plugin-enablement.ts';
import { anonymousActor } from '../platform.ts';
import type { Plugin } from '../plugin.ts';
import { findApiKey, isApiKey } from './api-key.ts';
import { bindByEmail } from './binding.ts';
import type { Identity, Verify } from './identity.ts';
import {
  actorOf,
  createMemberships,
  membershipIn,
  permissionsIn,
  permissionsOf,
  type Membership,
} from './membership.ts';
import type { Arrival, SignIn, SignIns } from './sign-ins.ts';
import { standingFor, Standings, type Authenticated, type Concerned } from './standings.ts';

export type { Authenticated, Concerned } from './standings.ts';

export interface Credentials {
  /** `Bearer <token or API key>`; anonymous if not given. */
  authorization?: string;
  /** The header `x-clinic-id`. */
  clinicId?: string;
}

export interface Authenticator {
  /** What is known already of who asks, without a look at anything; undefined where `authenticate` has to look. */
  recall(credentials: Credentials): Authenticated | undefined;
  /** Throws UNAUTHENTICATED, FORBIDDEN or BAD_USER_INPUT; without a credential the answer is the anonymous actor. */
  authenticate(credentials: Credentials, arrival?: Arrival): Promise<Authenticated>;
  /** Told at once whose role, account or key has changed. */
  watch(concerned: (concerned: Concerned) => void): Disposable;
  stop(): void;
}

export interface AuthenticatorOptions {
  database: Database;
  enablement: Enablement;
  plugins: readonly Plugin[];
  verify: Verify;
  /** The system's if not given. */
  clock?: Clock;
  /** Of its own if not given: a change is then noticed when they are not kept any more. */
  standings?: Standings;
  signIns?: SignIns;
  /** Wrong secrets of one key. */
  wrongKeys?: Counter;
}

/** A signature is checked once for a token, and what its bearer may do every five seconds: not at each request. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { standings = new Standings({ keepFor: standingFor }) } = options;
  const look = createLook(options);

  return {
    recall({ authorization, clinicId }) {
      const known = authorization === undefined ? undefined : standings.get(keyOf(authorization, clinicId));
      return known && !isOver(known) ? known : undefined;
    },
    async authenticate({ authorization, clinicId }, arrival) {
      if (clinicId !== undefined && !isUuid(clinicId)) {
        throw new RapportError('BAD_USER_INPUT', '`x-clinic-id` is not the id of a clinic.', { field: 'x-clinic-id' });
      }
      if (authorization === undefined) return { clinicId: clinicId ?? '', actor: anonymousActor };
      const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
      if (!token) throw new RapportError('UNAUTHENTICATED', 'Send `authorization: Bearer <token>`.');
      const key = keyOf(authorization, clinicId);
      const found = standings.get(key) ?? (await standings.find(key, () => look({ token, clinicId, arrival })));
      if (isOver(found)) throw new RapportError('UNAUTHENTICATED', 'The token has expired.');
      return found;
    },
    watch: concerned => standings.watch(concerned),
    stop: () => standings.stop(),
  };
}

/** By the time of the machine, as issuers stamp their tokens. */
const isOver = ({ expiresAt }: Authenticated): boolean => expiresAt! <= Date.now();

const keyOf = (authorization: string, clinicId: string | undefined): string =>
  clinicId === undefined ? authorization : `${clinicId} ${authorization}`;

interface Shown {
  readonly token: string;
  readonly clinicId: string | undefined;
  readonly arrival: Arrival | undefined;
}

type Look = (shown: Shown) => Promise<Authenticated>;

const createLook = (options: AuthenticatorOptions): Look => {
  const [lookAtKey, lookAtToken] = [createKeyLook(options), createTokenLook(options)];
  return shown => (isApiKey(shown.token) ? lookAtKey(shown) : lookAtToken(shown));
};

function createTokenLook({
  database,
  enablement,
  plugins,
  verify,
  signIns,
  clock = systemClock,
}: AuthenticatorOptions): Look {
  const memberships = createMemberships(database, clock);
  const identities = new LRUCache<string, Identity>({ max: 20_000 });

  const identify = async (token: string): Promise<Identity> => {
    const identity = identities.get(token) ?? (await verify(token));
    identities.set(token, identity);
    return identity;
  };
  /** Once for a token in a clinic: it comes with every request. */
  const note = ({ token, arrival }: Shown, { issuer }: Identity, who: Membership, reason?: string): void => {
    const { clinicId, userId } = who;
    const signIn = { clinicId, userId, method: 'TOKEN', issuer, outcome: 'SUCCEEDED', reason } as const;
    signIns?.record(`${clinicId} ${token}`, signIn, arrival);
  };
  const memberOf = async (shown: Shown, identity: Identity): Promise<Membership> => {
    const { subject } = identity;
    const known = await memberships.of(subject);
    if (known.length > 0) return membershipIn(shown.clinicId, known);
    const userId = await bindByEmail(identity, database);
    const bound = membershipIn(shown.clinicId, userId ? await memberships.of(subject) : []);
    note(shown, identity, bound, 'IDENTITY_BOUND');
    return bound;
  };

  return async shown => {
    const identity = await identify(shown.token);
    const membership = await memberOf(shown, identity);
    const { clinicId } = membership;
    const enabled = await enablement.in(clinicId);
    const actor = actorOf(membership, permissionsOf(membership.roles, enabled, plugins));
    note(shown, identity, membership);
    return { clinicId, actor, expiresAt: identity.expiresAt };
  };
}

function createKeyLook({ database, enablement, plugins, signIns, wrongKeys }: AuthenticatorOptions): Look {
  return async ({ token, clinicId, arrival }) => {
    const key = await findApiKey(token, database);
    const note = (outcome: SignIn['outcome'], reason?: string): void => {
      if (!key) return;
      const what: SignIn = { clinicId: key.clinicId, method: 'API_KEY', apiKeyId: key.id, outcome, reason };
      signIns?.record(`${outcome} ${token}`, what, arrival);
    };
    // The right secret is never counted: else whoever knows the id of a key could lock its owner out.
    if (key && !key.isGenuine) await wrongKeys?.spend(key.id);
    const reason = !key || !key.isGenuine ? 'WRONG_KEY' : key.isRevoked ? 'REVOKED' : whyExpired(key.expiresAt);
    if (!key || reason) {
      note('REFUSED', reason);
      throw new RapportError('UNAUTHENTICATED', 'The API key is not valid, or not any more.');
    }
    if (clinicId !== undefined && clinicId !== key.clinicId)
      throw new RapportError('FORBIDDEN', 'The API key is of another clinic.');
    const enabled = await enablement.in(key.clinicId);
    const permissions = permissionsIn(key.scopes, enabled, plugins);
    note('SUCCEEDED');
    signIns?.used(key.clinicId, key.id);
    return {
      clinicId: key.clinicId,
      actor: Object.freeze({ kind: 'key', id: key.id, roles: [], permissions, patientIds: '*' }),
      expiresAt: key.expiresAt,
    };
  };
}

const whyExpired = (expiresAt: number): string | undefined => (expiresAt <= Date.now() ? 'EXPIRED' : undefined);
