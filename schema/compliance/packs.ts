import { cn } from './packs/cn.ts';
import { eu } from './packs/eu.ts';
import { strict } from './packs/strict.ts';
import { tw } from './packs/tw.ts';
import { us } from './packs/us.ts';
import type { CompliancePack, PackId } from './pack.ts';

export const packs: Readonly<Record<PackId, CompliancePack>> = { tw, cn, eu, us, strict };

/** The pack of the country where someone lives; undefined where there is none. */
export const packOf = (country: string): CompliancePack | undefined =>
  Object.values(packs).find(({ countries }) => countries.includes(country));
