import type { CompliancePack } from '../pack.ts';
import { strictest } from '../strictest.ts';
import { cn } from './cn.ts';
import { eu } from './eu.ts';
import { tw } from './tw.ts';
import { us } from './us.ts';

/** All of the others at once: what counts where a clinic has not said where it is. */
export const strict: CompliancePack = {
  id: 'strict',
  version: [tw, cn, eu, us].map(({ id, version }) => `${id}.${version}`).join('.'),
  ...strictest([tw, cn, eu, us]),
  countries: [],
};
