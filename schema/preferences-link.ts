import { defineLink } from 'clinic-rapport';
import type { Purpose } from './consent.ts';

/** What was mailed, to which the link is the evidence. */
export interface PreferencesOf {
  readonly purpose: Purpose;
  readonly deliveryId: string;
}

/** Stands in each mail to a patient, and never expires: who has an old mail may leave by it. */
export const preferencesLink = defineLink<PreferencesOf>('mail.preferences', '/mail-preferences');
