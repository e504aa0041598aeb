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
  /** Only the predicates, for the count. */
  readonly counted?: string;
  /** Sort keys as additional columns, for the cursors. */
  keys?(): string;
}

/** Where a statement depends on the values of a request. */
export interface Hole {
  fill(request: Request): Filling;
}

export type Piece = string | readonly [hole: number, part: keyof Filling];

const mostTexts = 50;

/**
 * A statement for one selection and one set of guards, but for its holes. What fills them is the key under which the
 * finished text is kept, so equal requests have the very same string, which a connection has prepared already.
 */
export class Template {
  readonly revive: Revive | undefined;
  readonly #pieces: readonly Piece[];
  readonly #holes: readonly Hole[];
  readonly #texts = new Map<string, string>();

  constructor(pieces: readonly Piece[], holes: readonly Hole[], revive: Revive | undefined) {
    this.#pieces = pieces;
    this.#holes = holes;
    this.revive = revive;
  }

  /** The text for this request; its parameters are then in `request.parameters`. */
  fill(request: Request): string {
    let key = '';
    const fillings: Filling[] = [];
    for (const hole of this.#holes) {
      const filling = hole.fill(request);
      fillings.push(filling);
      key += `${filling.rows}\n${filling.counted ?? ''}\n`;
    }
    return this.#texts.get(key) ?? this.#write(key, fillings);
  }

  #write(key: string, fillings: readonly Filling[]): string {
    let text = '';
    for (const piece of this.#pieces) text += typeof piece === 'string' ? piece : partOf(fillings[piece[0]]!, piece[1]);
    if (this.#texts.size === mostTexts) this.#texts.clear();
    this.#texts.set(key, text);
    return text;
  }
}

function partOf(filling: Filling, part: keyof Filling): string {
  const text = filling[part];
  return (typeof text === 'function' ? text.call(filling) : text) ?? '';
}
