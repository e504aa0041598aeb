import { cn } from './packs/cn.ts';
import { eu } from './packs/eu.ts';
import { strict } from './packs/strict.ts';
import { tw } from './packs/tw.ts';
import { us } from './packs/us.ts';
import { packIds, type CompliancePack, type PackId } from './pack.ts';
import { inOrder } from './strictest.ts';

export const packs: Readonly<Record<PackId, CompliancePack>> = { tw, cn, eu, us, strict };

export const isPackId = (text: string): text is PackId => (packIds as readonly string[]).includes(text);

/** The pack of the country where someone lives; undefined where there is none. */
export const packOf = (country: string): CompliancePack | undefined =>
  Object.values(packs).find(({ countries }) => countries.includes(country));

/** Those that count for someone: the clinic's own and, where they live elsewhere, that of the residence. */
export function packsOf(home: PackId, residence: string | null | undefined): CompliancePack[] {
  const abroad = residence ? packOf(residence) : undefined;
  return inOrder([...new Set([packs[home], ...(abroad ? [abroad] : [])])]);
}
