/** Sets fields into a text; undefined where only liquid knows what is meant, or what is wrong. */
export type Merge = (fields: Readonly<Record<string, unknown>>) => string | undefined;

type Part = (fields: Readonly<Record<string, unknown>>) => string;

interface Block {
  readonly path?: readonly string[];
  readonly isUnless: boolean;
  readonly parts: Part[];
  readonly otherwise: Part[];
  inElse: boolean;
}

const token = /(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/;
const output = /^\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}$/;
const opening = /^\{%\s*(if|unless)\s+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*%\}$/;
const closing = /^\{%\s*(else|endif|endunless)\s*%\}$/;
/** What these mean is not what a field of that name would. */
const words: ReadonlySet<string> = new Set(['size', 'first', 'last', 'empty', 'blank', 'nil', 'null', 'true', 'false']);

/**
 * A template that only names fields and asks whether they are there, as nearly all mails do, as one function: liquid takes
 * a microsecond and more for each step of it, which for a mail is half of all that its sending takes. Undefined for a
 * template that does anything else.
 */
export function compileMerge(source: string, escape: (value: string) => string): Merge | undefined {
  const blocks: Block[] = [blockOf()];
  for (const [index, piece] of source.split(token).entries()) {
    const added = index % 2 === 0 ? add(blocks, () => piece) : addToken(blocks, piece, escape);
    if (!added) return undefined;
  }
  if (blocks.length !== 1) return undefined;
  const whole = joined(blocks[0]!.parts);
  return fields => {
    try {
      return whole(fields);
    } catch (error) {
      if (error instanceof BeyondMerging) return undefined;
      throw error;
    }
  };
}

/** A field is missing, or is no plain value. */
class BeyondMerging extends Error {
  override readonly name = 'BeyondMerging';
}

function addToken(blocks: Block[], piece: string, escape: (value: string) => string): boolean {
  const [, printed] = output.exec(piece) ?? [];
  if (printed) return addOutput(blocks, printed.split('.'), escape);
  const [, kind, asked] = opening.exec(piece) ?? [];
  if (asked) {
    const path = asked.split('.');
    blocks.push(blockOf(path, kind === 'unless'));
    return !path.some(name => words.has(name));
  }
  const [, end] = closing.exec(piece) ?? [];
  return end !== undefined && blocks.length > 1 && (end === 'else' ? beginElse(blocks) : close(blocks, end));
}

function addOutput(blocks: Block[], path: readonly string[], escape: (value: string) => string): boolean {
  if (path.some(name => words.has(name))) return false;
  return add(blocks, fields => {
    const value = valueAt(fields, path);
    if (value === null) return '';
    if (typeof value === 'string') return escape(value);
    if (typeof value === 'number' || typeof value === 'boolean') return escape(String(value));
    throw new BeyondMerging();
  });
}

function beginElse(blocks: Block[]): boolean {
  const block = blocks.at(-1)!;
  if (block.inElse) return false;
  return (block.inElse = true);
}

function close(blocks: Block[], end: string): boolean {
  const { path, isUnless, parts, otherwise } = blocks.pop()!;
  if ((end === 'endunless') !== isUnless) return false;
  const [yes, no] = isUnless ? [joined(otherwise), joined(parts)] : [joined(parts), joined(otherwise)];
  // An empty text and a zero are there: only what is not given, or false, is not.
  return add(blocks, fields => ((valueAt(fields, path!) ?? false) === false ? no(fields) : yes(fields)));
}

function add(blocks: Block[], part: Part): boolean {
  const { inElse, parts, otherwise } = blocks.at(-1)!;
  (inElse ? otherwise : parts).push(part);
  return true;
}

const blockOf = (path?: readonly string[], isUnless = false): Block => ({
  path,
  isUnless,
  parts: [],
  otherwise: [],
  inElse: false,
});

function joined(parts: readonly Part[]): Part {
  return fields => {
    let text = '';
    for (const part of parts) text += part(fields);
    return text;
  };
}

/** Own properties alone. */
function valueAt(fields: unknown, path: readonly string[]): unknown {
  let value = fields;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) throw new BeyondMerging();
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
