import { answer, definePlugin, on } from 'clinic-rapport';
import {
  appointmentEvents,
  keptTimes,
  patientRegistered,
  patientUpdated,
  responseCompleted,
  visitEvents,
  waitlistPriority,
} from 'clinic-rapport/schema';
import { benefitRead, benefitWrite, MembershipBenefit } from './benefits/benefit.ts';
import { expireBenefits } from './benefits/expiring.ts';
import { bringForward } from './benefits/fast-track.ts';
import { giveBenefits, giveOne } from './benefits/giving.ts';
import { keepTimes } from './benefits/keeping.ts';
import { KeptTimeResolver } from './benefits/keeping-operations.ts';
import { timesOpenMail, tellOfOpening } from './benefits/opening-mail.ts';
import { OpeningResolver } from './benefits/opening-operations.ts';
import { MembershipOpening } from './benefits/opening.ts';
import { TaskResolver } from './benefits/task-operations.ts';
import { MembershipTask, taskRead, taskWrite } from './benefits/task.ts';
import { keptTimeRead, keptTimeWrite, MembershipKeptTime } from './benefits/kept-hours.ts';
import { MembershipGrantedBenefit } from './benefits/granted-benefit.ts';
import {
  benefitReport,
  BenefitResolver,
  benefitUse,
  GrantedBenefitResolver,
  PatientBenefits,
} from './benefits/resolvers.ts';
import { lectureRead, lectureWrite, MembershipLecture } from './lectures/lecture.ts';
import { lectureCancelledMail, lectureReminderMail } from './lectures/mails.ts';
import { remindOfLectures } from './lectures/reminding.ts';
import { LectureResolver, PatientSeats, SeatResolver } from './lectures/resolvers.ts';
import { MembershipSeat, seatAttend, seatTake } from './lectures/seat.ts';
import { Points } from './migrations/0001-points.ts';
import { ProgramTables } from './migrations/0002-program.ts';
import { Rewards } from './migrations/0004-rewards.ts';
import { ExpiryNotices } from './migrations/0005-expiry-notices.ts';
import { Benefits } from './migrations/0006-benefits.ts';
import { KeptTimes } from './migrations/0007-kept-times.ts';
import { Tasks } from './migrations/0008-tasks.ts';
import { Lectures } from './migrations/0009-lectures.ts';
import { Openings } from './migrations/0010-openings.ts';
import { GraceNotices } from './migrations/0011-grace-notices.ts';
import { MergedMembers } from './migrations/0012-merged-members.ts';
import { AdjustingResolver } from './points/adjusting.ts';
import { PointsBalance } from './points/balance.ts';
import { CatalogueResolver } from './points/catalogue.ts';
import { keepPoints } from './points/earning.ts';
import { pointsExpiringMail, tellOfExpiry } from './points/expiry-notice.ts';
import { expirePoints } from './points/expiry.ts';
import { pointsFacts } from './points/facts.ts';
import { ImportResolver, pointsImport } from './points/import.ts';
import { LedgerEntry, pointsAdjust, pointsRead } from './points/ledger-entry.ts';
import { lapseRedemptions } from './points/lapsing.ts';
import { PointsLot } from './points/lot.ts';
import { pointsChanged, PointsChangedResolver } from './points/points-changed.ts';
import { redemptionWrite, RedemptionResolver, rewardRedeem } from './points/redemption-operations.ts';
import { MembershipRedemption } from './points/redemption.ts';
import { LedgerEntryResolver, PatientPoints, PointsBalanceResolver } from './points/resolvers.ts';
import { rewardReadyMail } from './points/reward-ready-mail.ts';
import { MembershipReward, rewardRead, rewardWrite } from './points/reward.ts';
import { seedProgram } from './program/default-program.ts';
import { countAnswers, countAppointments } from './program/engagement.ts';
import { programFacts } from './program/facts.ts';
import { graceMail, tellOfGrace } from './program/grace-notice.ts';
import { welcomePatient } from './program/joining.ts';
import { tellTier, tierReachedMail, welcomeMail } from './program/mails.ts';
import { Member, memberRead } from './program/member.ts';
import { MembershipProgram, programRead, programWrite } from './program/program.ts';
import { MemberResolver, PatientMembership, ProgramResolver, TierResolver } from './program/resolvers.ts';
import { ProgramWriting } from './program/saving.ts';
import { SimulationResolver } from './program/simulation.ts';
import { MemberStandingResolver } from './program/standing.ts';
import { sweepTiers } from './program/sweep.ts';
import { tierChanged, TierChange, TierChangedResolver } from './program/tier-change.ts';
import { Tier } from './program/tier.ts';
import { keepTiers, lookAnew } from './program/visits.ts';
import { MembershipSettings } from './settings.ts';
import { subjectData } from './subject-data.ts';

export { benefitRead, MembershipBenefit } from './benefits/benefit.ts';
export { MembershipGrantedBenefit } from './benefits/granted-benefit.ts';
export { grantBenefit, revokeBenefit, type Grant } from './benefits/granting.ts';
export { keptTimeRead, MembershipKeptTime } from './benefits/kept-hours.ts';
export { MembershipTask, MembershipTaskState, taskRead } from './benefits/task.ts';
export { MembershipOpening } from './benefits/opening.ts';
export { BenefitKind, BenefitPeriod, MembershipGrantedBenefitState } from './benefits/words.ts';
export { lectureRead, MembershipLecture, MembershipLectureState } from './lectures/lecture.ts';
export { MembershipSeat, MembershipSeatState } from './lectures/seat.ts';
export { awardPoints, releasePoints, type Award } from './points/award.ts';
export { balanceOf, PointsBalance, type Balance } from './points/balance.ts';
export { LedgerEntry, pointsRead } from './points/ledger-entry.ts';
export { PointsLot } from './points/lot.ts';
export { pointsChanged, type PointsChange } from './points/points-changed.ts';
export { MembershipRedemption, MembershipRedemptionState } from './points/redemption.ts';
export { reversePoints } from './points/reversal.ts';
export { MembershipReward } from './points/reward.ts';
export { isAllowed, isForbidden, verdictOn, type Offered, type Verdict } from './points/reward-rules.ts';
export { LedgerEntryKind, PointsAccount } from './points/words.ts';
export { forgetEngagement, recordEngagement, type Engaged } from './program/engagement.ts';
export { Member, memberRead, tierCodeOf, tierOfPatient, type TierOfPatient } from './program/member.ts';
export { MembershipProgram, programRead } from './program/program.ts';
export { tierChanged, type TierChanging } from './program/tier-change.ts';
export { Tier } from './program/tier.ts';
export { Engagement } from './program/words.ts';
export { MembershipSettings } from './settings.ts';

export default definePlugin({
  name: 'membership',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  settings: MembershipSettings,
  entities: [
    PointsBalance,
    PointsLot,
    LedgerEntry,
    MembershipReward,
    MembershipRedemption,
    MembershipProgram,
    Tier,
    Member,
    TierChange,
    MembershipBenefit,
    MembershipGrantedBenefit,
    MembershipKeptTime,
    MembershipOpening,
    MembershipTask,
    MembershipLecture,
    MembershipSeat,
  ],
  migrations: [
    Points,
    ProgramTables,
    Rewards,
    ExpiryNotices,
    Benefits,
    KeptTimes,
    Tasks,
    Lectures,
    Openings,
    GraceNotices,
    MergedMembers,
  ],
  resolvers: [
    LedgerEntryResolver,
    PointsBalanceResolver,
    PatientPoints,
    AdjustingResolver,
    PointsChangedResolver,
    CatalogueResolver,
    RedemptionResolver,
    ImportResolver,
    ProgramResolver,
    ProgramWriting,
    TierResolver,
    MemberResolver,
    MemberStandingResolver,
    SimulationResolver,
    PatientMembership,
    TierChangedResolver,
    BenefitResolver,
    GrantedBenefitResolver,
    PatientBenefits,
    KeptTimeResolver,
    OpeningResolver,
    TaskResolver,
    LectureResolver,
    SeatResolver,
    PatientSeats,
  ],
  permissions: [
    pointsRead,
    pointsAdjust,
    pointsImport,
    rewardRead,
    rewardWrite,
    rewardRedeem,
    redemptionWrite,
    programRead,
    programWrite,
    memberRead,
    benefitRead,
    benefitWrite,
    benefitUse,
    benefitReport,
    keptTimeRead,
    keptTimeWrite,
    taskRead,
    taskWrite,
    lectureRead,
    lectureWrite,
    seatTake,
    seatAttend,
  ],
  events: [pointsChanged, tierChanged],
  handlers: [
    on(visitEvents, keepPoints),
    on(visitEvents, keepTiers),
    on(patientRegistered, welcomePatient),
    on(patientUpdated, lookAnew),
    on(appointmentEvents, countAppointments),
    on(responseCompleted, countAnswers),
    on(tierChanged, tellTier),
    on(tierChanged, giveOne),
  ],
  answers: [answer(keptTimes, keepTimes), answer(waitlistPriority, bringForward)],
  jobs: [
    expirePoints,
    lapseRedemptions,
    tellOfExpiry,
    sweepTiers,
    giveBenefits,
    expireBenefits,
    remindOfLectures,
    tellOfOpening,
    tellOfGrace,
  ],
  mails: [
    rewardReadyMail,
    pointsExpiringMail,
    welcomeMail,
    tierReachedMail,
    lectureReminderMail,
    lectureCancelledMail,
    timesOpenMail,
    graceMail,
  ],
  facts: [...pointsFacts, ...programFacts],
  seed: seedProgram,
  subjectData,
});
