import { workerKilled } from './f1-worker-killed.ts';
import { rollingRestart } from './f2-rolling-restart.ts';
import { databaseCrashed } from './f3-database-crashed.ts';
import { backendsTerminated } from './f4-backends-terminated.ts';
import { mailServerDown } from './f5-mail-server-down.ts';
import { mailServerOdd } from './f6-mail-server-odd.ts';
import { reportsFlood } from './f7-reports-flood.ts';
import { clocksApart } from './f8-clocks-apart.ts';
import { oneSlot } from './f9-one-slot.ts';
import { pointsRace } from './f10-points.ts';
import { oneKey } from './f11-one-key.ts';
import { handlerFails } from './f12-handler-fails.ts';
import { badAnswers } from './f14-bad-answers.ts';
import { subscriberAway } from './f15-subscriber-away.ts';
import { twoNodes } from './f16-two-nodes.ts';
import { slowSubscribers } from './f17-slow-subscribers.ts';
import { diskFull } from './f18-disk-full.ts';
import { fuzz } from './f19-fuzz.ts';
import { hugeDocuments } from './f20-huge-documents.ts';
import { names } from './f21-names.ts';
import { migratedUnderLoad } from './f22-migrated-under-load.ts';
import { fourBoots } from './f23-four-boots.ts';
import { network } from './f24-network.ts';
import { poolExhausted } from './f25-pool-exhausted.ts';
import { restored } from './f26-restored.ts';
import { consentWithdrawn } from './f27-consent-withdrawn.ts';
import { linkScanned } from './f28-link-scanned.ts';
import type { Scenario } from './scenario.ts';

/** In the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  workerKilled,
  rollingRestart,
  databaseCrashed,
  backendsTerminated,
  mailServerDown,
  mailServerOdd,
  reportsFlood,
  clocksApart,
  oneSlot,
  pointsRace,
  oneKey,
  handlerFails,
  badAnswers,
  subscriberAway,
  twoNodes,
  slowSubscribers,
  diskFull,
  fuzz,
  hugeDocuments,
  names,
  migratedUnderLoad,
  fourBoots,
  network,
  poolExhausted,
  restored,
  consentWithdrawn,
  linkScanned,
];
