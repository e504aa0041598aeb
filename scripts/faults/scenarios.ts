import { workerKilled } from './f1-worker-killed.ts';
import { databaseCrashed } from './f3-database-crashed.ts';
import { backendsTerminated } from './f4-backends-terminated.ts';
import { mailServerDown } from './f5-mail-server-down.ts';
import { mailServerOdd } from './f6-mail-server-odd.ts';
import { oneSlot } from './f9-one-slot.ts';
import { handlerFails } from './f12-handler-fails.ts';
import { badAnswers } from './f14-bad-answers.ts';
import { subscriberAway } from './f15-subscriber-away.ts';
import { twoNodes } from './f16-two-nodes.ts';
import { fuzz } from './f19-fuzz.ts';
import { fourBoots } from './f23-four-boots.ts';
import { network } from './f24-network.ts';
import { poolExhausted } from './f25-pool-exhausted.ts';
import type { Scenario } from './scenario.ts';

/** In the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  workerKilled,
  databaseCrashed,
  backendsTerminated,
  mailServerDown,
  mailServerOdd,
  oneSlot,
  handlerFails,
  badAnswers,
  subscriberAway,
  twoNodes,
  fuzz,
  fourBoots,
  network,
  poolExhausted,
];
