import type { GraphQLResolveInfo } from 'graphql';
import type { AllOptions, Reader } from './lane.ts';
import type { PageArguments } from './page.ts';
import type { Revive } from './revive.ts';

/** What the caller of the lane gives beside the selection. */
export interface Input extends AllOptions<any> {
  readonly args?: PageArguments;
}

/** What the holes of a statement are filled from. */
export interface Request {
  readonly reader: Reader;
  readonly variables: GraphQLResolveInfo['variableValues'];
  readonly input: Input;
  /** Of the whole statement; each hole adds its own. */
  readonly parameters: (string | null)[];
}

/** The text of a hole, for one request. */
export interface Filling {
  /** All that follows the `where` that is always there: predicates, order, limit. */
  readonly rows: string;
  /** Whether one plan serves all values: then PostgreSQL need not plan it again for each request. */
  readonly steady: boolean;
  /** Only the predicates, for the count. */
  readonly counted?: string;
  /** Sort keys as additional columns, for the cursors. */
  keys?(): string;
  /** The same as one row. */
  place?(): string;
}

/** Where a statement depends on the values of a request. */
export interface Hole {
  fill(request: Request): Filling;
}

type Part = 'rows' | 'counted' | 'keys' | 'place';
export type Piece = string | readonly [hole: number, part: Part];

/** A finished statement but for its parameters. */
export interface Filled {
  readonly text: string;
  readonly steady: boolean;
}

const mostTexts = 50;

/**
 * A statement for one selection and one set of guards, but for its holes. What fills them is the key under which the
 * finished text is kept, so equal requests have the very same string, which a connection has prepared already.
 */
export class Template {
  readonly revive: Revive | undefined;
  /** Whether it reads what is about patients. */
  readonly aboutPatients: boolean;
  readonly #pieces: readonly Piece[];
  readonly #holes: readonly Hole[];
  readonly #texts = new Map<string, Filled>();

  constructor(
    pieces: readonly Piece[],
    { holes, aboutPatients }: { holes: readonly Hole[]; aboutPatients: boolean },
    revive: Revive | undefined,
  ) {
    this.#pieces = pieces;
    this.#holes = holes;
    this.aboutPatients = aboutPatients;
    this.revive = revive;
  }

  /** The text for this request; its parameters are then in `request.parameters`. */
  fill(request: Request): Filled {
    let key = '';
    const fillings: Filling[] = [];
    for (const hole of this.#holes) {
      const filling = hole.fill(request);
      fillings.push(filling);
      key += `${filling.rows}\n${filling.counted ?? ''}\n`;
    }
    return this.#texts.get(key) ?? this.#write(key, fillings);
  }

  #write(key: string, fillings: readonly Filling[]): Filled {
    let text = '';
    for (const piece of this.#pieces) text += typeof piece === 'string' ? piece : partOf(fillings[piece[0]]!, piece[1]);
    if (this.#texts.size === mostTexts) this.#texts.clear();
    const filled = { text, steady: fillings.every(({ steady }) => steady) };
    this.#texts.set(key, filled);
    return filled;
  }
}

function partOf(filling: Filling, part: Part): string {
  const text = filling[part];
  return (typeof text === 'function' ? text.call(filling) : text) ?? '';
}
