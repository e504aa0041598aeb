import { shapeOf, type PatientIdentifierKind } from './identifier.ts';

/** What is known of a patient's number without opening it. */
export interface KnownIdentifier {
  readonly kind: PatientIdentifierKind;
  readonly lookup: string;
  readonly masked: string;
}

/** Of fewer signs than this a number is also a year, a room or a time, and says nothing of anyone. */
const shortest = 5;

/**
 * Whether one of the numbers stands in the text, in whatever case, width and grouping, with anything but letters and digits
 * between its parts. None is opened: its length and its end say which few places to look at, and the hash says whether it is
 * there. `hashOf` makes it for a kind.
 */
export async function holdsIdentifier(
  text: string,
  known: readonly KnownIdentifier[],
  hashOf: (kind: PatientIdentifierKind) => Promise<(value: string) => string>,
): Promise<boolean> {
  if (known.length === 0) return false;
  const bare = bareOf(text);
  for (const { kind, lookup, masked } of known) {
    const { length, ending } = shapeOf(masked);
    if (length < shortest) continue;
    const hash = await hashOf(kind);
    if (candidatesIn(bare, length, ending).some(candidate => hash(candidate) === lookup)) return true;
  }
  return false;
}

interface Bare {
  /** Capitals, letters and digits alone. */
  readonly text: string;
  /** Where something stood between two signs. */
  readonly breaks: ReadonlySet<number>;
}

const invisible = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/gu;
// Signs and symbols of the basic plane. As `[^\p{L}\p{M}\p{N}]` it would take ten times as long, which is most of a scan.
const between = /[\0-/:-@[-`{-¿×÷\u2000-\u2bff\u3000-\u303f]+/;
const percent = /%([2-7][0-9a-f])/gi;

function bareOf(text: string): Bare {
  const plain = text.replace(percent, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  const normal = plain.normalize('NFKC').replace(invisible, '').toUpperCase();
  const parts = normal.split(between);
  const breaks = new Set<number>();
  let length = 0;
  for (const part of parts) breaks.add((length += part.length));
  return { text: parts.join(''), breaks };
}

const isDigit = (sign: string | undefined): boolean => sign !== undefined && sign >= '0' && sign <= '9';

/** All that is so long and ends so, unless it is a part of a longer run of digits. */
function candidatesIn({ text, breaks }: Bare, length: number, ending: string): string[] {
  const found: string[] = [];
  const isTorn = (at: number): boolean => isDigit(text[at - 1]) && isDigit(text[at]) && !breaks.has(at);
  for (let at = text.indexOf(ending); at >= 0; at = text.indexOf(ending, at + 1)) {
    const end = at + ending.length;
    const start = end - length;
    if (start >= 0 && !isTorn(start) && !isTorn(end)) found.push(text.slice(start, end));
  }
  return found;
}
