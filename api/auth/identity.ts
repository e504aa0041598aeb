import { decodeJwt } from 'jose';
import { RapportError } from '../errors.ts';
import { localIssuer, type Issuer } from './issuer.ts';
import { createOidcVerifier, type OidcIssuer } from './oidc.ts';

/** Who a token says that its bearer is, and until when (milliseconds since 1970). What they may do is in our tables. */
export interface Identity {
  /** As our tables have it: the `sub` of the local issuer, `<issuer>|<sub>` of any other. */
  readonly subject: string;
  readonly issuer: string;
  readonly expiresAt: number;
  /** An address that the issuer is trusted to have proved. */
  readonly email?: string;
}

/** Throws UNAUTHENTICATED for a token that is not of the issuer, was altered or has expired. */
export type Verify = (token: string) => Promise<Identity>;

export interface VerifyOptions {
  /** None where an operator has switched it off. */
  local?: Issuer;
  oidc?: readonly OidcIssuer[];
}

/** A token is checked by the issuer that it names, with what is fixed for that one; it has no say in how. */
export function createVerify({ local, oidc = [] }: VerifyOptions): Verify {
  const issuers = new Map<string, Verify>(oidc.map(options => [options.issuer, createOidcVerifier(options)]));
  if (issuers.has(localIssuer)) throw new Error(`'${localIssuer}' is the local issuer: no other may call itself so.`);
  if (issuers.size < oidc.length) throw new Error('Two OIDC issuers have one name: leave one of them out.');
  if (local) issuers.set(localIssuer, local.verify);
  return async token => {
    const verify = issuers.get(issuerOf(token));
    if (!verify) throw new RapportError('UNAUTHENTICATED', 'The token is of an issuer that is not known here.');
    return verify(token);
  };
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch (cause) {
    throw new RapportError('UNAUTHENTICATED', 'The token is not valid, or has expired.', { cause });
  }
}
