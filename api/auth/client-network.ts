import { isIPv4, isIPv6 } from 'node:net';

/** Of a client's address what tells one place from another, and not one person: `203.0.113.0/24`, `2001:db8:1::/48`. */
export function networkOf(address: string | undefined): string | undefined {
  // Where both versions share a socket, an address of version 4 comes in the clothes of version 6.
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? '';
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(plain)) return undefined;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 3);
  return `${groups.map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/48`;
}

const groupsOf = (part: string | undefined): string[] => (part ? part.split(':') : []);
