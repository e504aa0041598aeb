import { RapportError } from '../errors.ts';

/**
 * An address as it may stand in an envelope. A mailer that is given `a@b.test, evil@x.test`, or a line break, writes to the
 * attacker: so exactly one `@`, and nothing that could end an address or a line. Throws BAD_USER_INPUT.
 */
export function checkedAddress(address: string): string {
  const isPlain = address.length <= 320 && /^[^\s@,;:<>()[\]\\"'`\p{C}]+@[^\s@,;:<>()[\]\\"'`\p{C}]+$/u.test(address);
  if (!isPlain) throw new RapportError('BAD_USER_INPUT', 'This is not an e-mail address.', { field: 'address' });
  return address;
}
