import { domainToASCII } from 'node:url';
import { RapportError } from '../errors.ts';

/**
 * An address as it may stand in an envelope. A mailer that is given `a@b.test, evil@x.test`, or a line break, writes to the
 * attacker: so exactly one `@`, and nothing that could end an address or a line. Throws BAD_USER_INPUT.
 */
export function checkedAddress(address: string): string {
  if (!isAddress(address))
    throw new RapportError('BAD_USER_INPUT', 'This is not an e-mail address.', { field: 'address' });
  return address;
}

/**
 * The address as every mail server understands it, `a@xn--r8jz45g.jp` for `a@例え.jp`; or why there is none. What is before
 * the `@` has no such form: it needs servers all the way that speak SMTPUTF8, and few do.
 */
export function wireAddress(address: string): { address: string } | { obstacle: string } {
  const [local = '', domain = ''] = isAddress(address) ? address.split('@') : [];
  const host = domainToASCII(domain);
  if (!host) return { obstacle: 'ADDRESS_INVALID' };
  return /^[\x21-\x7e]+$/.test(local) ? { address: `${local}@${host}` } : { obstacle: 'EMAIL_NEEDS_SMTPUTF8' };
}

const isAddress = (address: string): boolean =>
  address.length <= 320 && /^[^\s@,;:<>()[\]\\"'`\p{C}]+@[^\s@,;:<>()[\]\\"'`\p{C}]+$/u.test(address);
