import { LRUCache } from 'lru-cache';
import { validate as isUuid } from 'uuid';
import type { Database } from '../database/database.ts';
import { RapportError } from '../errors.ts';
import type { Enablement } from '../plugin-enablement.ts';
import { anonymousActor } from '../platform.ts';
import type { Actor, Plugin } from '../plugin.ts';
import type { Identity, Issuer } from './issuer.ts';
import { actorOf, createMemberships, permissionsOf } from './membership.ts';

export interface Credentials {
  /** `Bearer <token>`; anonymous if not given. */
  authorization?: string;
  /** The header `x-clinic-id`. */
  clinicId?: string;
}

export interface Authenticated {
  /** Empty for an anonymous request that names none: it sees no row. */
  readonly clinicId: string;
  readonly actor: Actor;
  /** Milliseconds since 1970; absent for the anonymous. */
  readonly expiresAt?: number;
}

export interface Authenticator {
  /** Throws UNAUTHENTICATED, FORBIDDEN or BAD_USER_INPUT; without a credential the answer is the anonymous actor. */
  authenticate(credentials: Credentials): Promise<Authenticated>;
}

export interface AuthenticatorOptions {
  database: Database;
  enablement: Enablement;
  plugins: readonly Plugin[];
  issuer: Issuer;
  /** Milliseconds after which a changed role, or a disabled user, is noticed. */
  standingFor?: number;
}

/** A signature is checked once for a token, and what its bearer may do every five seconds: not at each request. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { database, enablement, plugins, issuer, standingFor = 5_000 } = options;
  const memberships = createMemberships(database);
  const identities = new LRUCache<string, Promise<Identity>>({ max: 20_000 });
  const standings = new LRUCache<string, Promise<Authenticated>>({ max: 20_000, ttl: standingFor });

  const identify = (token: string): Promise<Identity> => remembered(identities, token, () => issuer.verify(token));

  const resolve = async (token: string, clinicId: string | undefined): Promise<Authenticated> => {
    const { subject, expiresAt } = await identify(token);
    const membership = await memberships.find(subject, clinicId);
    const enabled = await enablement.in(membership.clinicId);
    return {
      clinicId: membership.clinicId,
      actor: actorOf(membership, permissionsOf(membership.roles, enabled, plugins)),
      expiresAt,
    };
  };

  return {
    async authenticate({ authorization, clinicId }) {
      if (clinicId !== undefined && !isUuid(clinicId)) {
        throw new RapportError('BAD_USER_INPUT', '`x-clinic-id` is not the id of a clinic.', { field: 'x-clinic-id' });
      }
      if (authorization === undefined) return { clinicId: clinicId ?? '', actor: anonymousActor };
      const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
      if (!token) throw new RapportError('UNAUTHENTICATED', 'Send `authorization: Bearer <token>`.');
      const known = await remembered(standings, `${clinicId ?? ''} ${token}`, () => resolve(token, clinicId));
      // Tokens expire by the time of the machine, as their issuer stamps them.
      if (known.expiresAt! <= Date.now()) throw new RapportError('UNAUTHENTICATED', 'The token has expired.');
      return known;
    },
  };
}

function remembered<T>(cache: LRUCache<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let known = cache.get(key);
  if (!known) {
    cache.set(key, (known = make()));
    // A refusal is not remembered: the user may be given a role at this moment.
    known.catch(() => cache.delete(key));
  }
  return known;
}
