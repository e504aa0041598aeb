import { verificationMail } from './contact-verification.ts';
import { invitationMail } from './invitation-mail.ts';
import { confirmBookingMail } from './online/confirm.ts';
import { relatedPersonMail } from './related-person-verification.ts';
import { signInMail } from './sign-in-link.ts';

/** Names of the mails that go to an address because someone asks for it at that moment, and waits for it. */
export const askedFor: ReadonlySet<string> = new Set(
  [verificationMail, relatedPersonMail, invitationMail, signInMail, confirmBookingMail].map(({ name }) => name),
);
