/** What the core lists of the waitlist. */
import { waitlistChanged, WaitlistChangeResolver } from './change.ts';
import { PatientWaitlist, WaitlistEntry, WaitlistOffer, waitlistRead, WaitlistResolver } from './entry.ts';
import { waitlistOfferLink, waitlistOfferMail } from './mail.ts';
import { offerTimes } from './offering.ts';
import { WaitlistOperations, waitlistWrite } from './operations.ts';
import { waitlistRoutes } from './page.ts';
import { waitlistPriority } from './priority.ts';

export { handlers } from './offering.ts';
export const entities = [WaitlistEntry, WaitlistOffer];
export const resolvers = [WaitlistResolver, PatientWaitlist, WaitlistOperations, WaitlistChangeResolver];
export const permissions = [waitlistRead, waitlistWrite];
export const events = [waitlistChanged];
export const questions = [waitlistPriority];
export const jobs = [offerTimes];
export const mails = [waitlistOfferMail];
export const links = [waitlistOfferLink];
export const routes = waitlistRoutes;
