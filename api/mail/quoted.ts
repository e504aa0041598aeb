/** Bytes on a line of quoted-printable (RFC 2045, 6.7), without the sign of a soft break. */
const longest = 73;

const codes = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);
/** As they are: printable ASCII but the `=` itself, and the braces, so that an encoded text contains no merge field. */
const isPlain = Array.from(
  { length: 256 },
  (_, byte) => byte >= 32 && byte < 127 && !'={}'.includes(String.fromCharCode(byte)),
);
const carriageReturn = 13;
const lineFeed = 10;

/**
 * Text as quoted-printable that begins a line and ends one with a soft break, so that pieces that were encoded by
 * themselves can be put together in any order and are again one encoded text.
 */
export function quoted(text: string): string {
  if (text === '') return '';
  let encoded = '';
  let length = 0;
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === lineFeed || (byte === carriageReturn && bytes[at + 1] === lineFeed)) {
      if (byte === carriageReturn) at++;
      encoded += endOf(encoded);
      length = 0;
      continue;
    }
    const sign = isPlain[byte] ? String.fromCharCode(byte) : codes[byte]!;
    if (length + sign.length > longest) {
      encoded += '=\r\n';
      length = 0;
    }
    encoded += sign;
    length += sign.length;
  }
  return length === 0 ? encoded : `${encoded}=\r\n`;
}

/** A line may not end with a space, which some servers take away: a soft break keeps it. */
const endOf = (line: string): string => (line.endsWith(' ') ? '=\r\n\r\n' : '\r\n');
