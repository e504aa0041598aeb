import { workerKilled } from './f1-worker-killed.ts';
import { databaseCrashed } from './f3-database-crashed.ts';
import { backendsTerminated } from './f4-backends-terminated.ts';
import { oneSlot } from './f9-one-slot.ts';
import { subscriberAway } from './f15-subscriber-away.ts';
import { twoNodes } from './f16-two-nodes.ts';
import type { Scenario } from './scenario.ts';

/** In the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  workerKilled,
  databaseCrashed,
  backendsTerminated,
  oneSlot,
  subscriberAway,
  twoNodes,
];
