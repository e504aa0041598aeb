import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** What signs the mails from one domain; its public half is at `<selector>._domainkey.<domain>`. */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** PEM, PKCS #8 or PKCS #1; RSA. */
  readonly key: string;
}

const dkimKey = z.strictObject({
  domain: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'has a domain that is none'),
  selector: z.string().regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i, 'has a selector that is none'),
  key: z.string().refine(isRsa, 'has a key that is no RSA private key in PEM'),
});

/** A JSON list of keys: `[{"domain":"clinic.example","selector":"s1","key":"-----BEGIN PRIVATE KEY-----\n…"}]`. */
export const dkimKeys = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('is not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(dkimKey));

function isRsa(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** RFC 8058 wants both headers of the one-click signed, and nodemailer's own list leaves the second one out. */
const signedHeaders = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'Reply-To', 'Cc'],
  ...['MIME-Version', 'Content-Type', 'Content-Language', 'Auto-Submitted'],
  ...['List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Id'],
].join(':');

export interface Signature {
  readonly keys: { readonly domainName: string; readonly keySelector: string; readonly privateKey: KeyObject };
  readonly headerFieldNames: string;
}

/** Finds what signs the mails of a sender, by the domain of the address: only then the signature counts for the sender. */
export function createSignatures(keys: readonly DkimKey[] = []): (from: string) => Signature | undefined {
  const byDomain = new Map(
    keys.map(({ domain, selector, key }) => [
      domain,
      {
        keys: { domainName: domain, keySelector: selector, privateKey: createPrivateKey(key) },
        headerFieldNames: signedHeaders,
      },
    ]),
  );
  return from => byDomain.get(from.slice(from.lastIndexOf('@') + 1).toLowerCase());
}
