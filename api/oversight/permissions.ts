import { definePermission } from '../define.ts';

export const workRead = definePermission(
  'work.read',
  'See which events, jobs and plugins wait or failed, and who did something about it',
  ['owner', 'operator'],
);
export const workMend = definePermission('work.mend', 'Run events, jobs and mails again, and discard what failed', [
  'owner',
  'operator',
]);
