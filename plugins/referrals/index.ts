import { answer, definePlugin, on } from 'clinic-rapport';
import {
  appointmentBooked,
  consentGiven,
  consentWithdrawn,
  furtherPurposes,
  mailAddition,
  patientRegistered,
  visitCancelled,
  visitCompleted,
  visitRefunded,
} from 'clinic-rapport/schema';
import { codeUse, PatientReferrals, ReferralCodeResolver } from './advocate.ts';
import { ReferralCode } from './code.ts';
import { facts } from './facts.ts';
import { askToBeNamed, hideOrShowFriend, joinByBooking, joinByRegistration } from './joining.ts';
import { rewardMail, thanksMail } from './mails.ts';
import { Referrals } from './migrations/0001-referrals.ts';
import { Disclosure } from './migrations/0002-disclosure.ts';
import { offerRead, offerWrite, ReferralOffer, ReferralOfferResolver, seedOffers } from './offer.ts';
import { ReferralResolver } from './operations.ts';
import { referRoutes } from './pages/landing.ts';
import { countFriend, forgetInvitations, giveDueRewards, qualifyFriend, takeRewardsBack } from './qualifying.ts';
import { Referral, referralRead, referralReview, referralWrite } from './referral.ts';
import { referralChanged, ReferralChangedResolver } from './referral-changed.ts';
import { ReferralReward } from './reward.ts';
import { ReferralsSettings } from './settings.ts';
import { ReferralStatisticsResolver } from './statistics.ts';
import { subjectData } from './subject-data.ts';
import { inviteToInvite } from './thanks.ts';

export { ReferralCode } from './code.ts';
export { referralLinkOf } from './link.ts';
export { Referral, referralRead } from './referral.ts';
export { referralChanged, type ReferralChange } from './referral-changed.ts';
export { ReferralState } from './words.ts';

export default definePlugin({
  name: 'referrals',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0', membership: '^1.0.0' },
  settings: ReferralsSettings,
  entities: [ReferralCode, Referral, ReferralOffer, ReferralReward],
  migrations: [Referrals, Disclosure],
  resolvers: [
    ReferralResolver,
    ReferralCodeResolver,
    PatientReferrals,
    ReferralOfferResolver,
    ReferralChangedResolver,
    ReferralStatisticsResolver,
  ],
  permissions: [codeUse, referralRead, referralWrite, referralReview, offerRead, offerWrite],
  events: [referralChanged],
  handlers: [
    on(patientRegistered, joinByRegistration),
    on(appointmentBooked, joinByBooking),
    on(visitCompleted, qualifyFriend),
    on([visitCancelled, visitRefunded], takeRewardsBack),
    on([consentGiven, consentWithdrawn], hideOrShowFriend),
  ],
  answers: [answer(mailAddition, inviteToInvite), answer(furtherPurposes, askToBeNamed)],
  jobs: [giveDueRewards, countFriend, forgetInvitations],
  mails: [thanksMail, rewardMail],
  facts,
  routes: referRoutes,
  seed: seedOffers,
  subjectData,
});
