import { definePlugin, on } from 'clinic-rapport';
import { visitEvents } from 'clinic-rapport/schema';
import { Points } from './migrations/0001-points.ts';
import { AdjustingResolver } from './points/adjusting.ts';
import { PointsBalance } from './points/balance.ts';
import { keepPoints } from './points/earning.ts';
import { expirePoints } from './points/expiry.ts';
import { LedgerEntry, pointsAdjust, pointsRead } from './points/ledger-entry.ts';
import { PointsLot } from './points/lot.ts';
import { pointsChanged, PointsChangedResolver } from './points/points-changed.ts';
import { LedgerEntryResolver, PatientPoints, PointsBalanceResolver } from './points/resolvers.ts';
import { MembershipSettings } from './settings.ts';
import { subjectData } from './subject-data.ts';

export { awardPoints, releasePoints, type Award } from './points/award.ts';
export { balanceOf, PointsBalance, type Balance } from './points/balance.ts';
export { LedgerEntry, pointsRead } from './points/ledger-entry.ts';
export { PointsLot } from './points/lot.ts';
export { pointsChanged, type PointsChange } from './points/points-changed.ts';
export { reversePoints } from './points/reversal.ts';
export { LedgerEntryKind, PointsAccount } from './points/words.ts';
export { MembershipSettings } from './settings.ts';

export default definePlugin({
  name: 'membership',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  settings: MembershipSettings,
  entities: [PointsBalance, PointsLot, LedgerEntry],
  migrations: [Points],
  resolvers: [LedgerEntryResolver, PointsBalanceResolver, PatientPoints, AdjustingResolver, PointsChangedResolver],
  permissions: [pointsRead, pointsAdjust],
  events: [pointsChanged],
  handlers: [on(visitEvents, keepPoints)],
  jobs: [expirePoints],
  subjectData,
});
