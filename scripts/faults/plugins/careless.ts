import { definePlugin, on } from 'clinic-rapport';
import { appointmentBooked, type AppointmentChange } from 'clinic-rapport/schema';

/** Handlers that fail in each way in which code fails. */

const counted = { throwsAtOnce: 0, rejects: 0, leavesRejection: 0 };

function throwsAtOnce(_: AppointmentChange): Promise<void> {
  counted.throwsAtOnce += 1;
  throw new TypeError('thrown at once');
}

async function rejects(_: AppointmentChange): Promise<void> {
  counted.rejects += 1;
  await Promise.resolve();
  throw new Error('rejected');
}

async function leavesRejection(_: AppointmentChange): Promise<void> {
  counted.leavesRejection += 1;
  // What nobody waits for, nobody catches.
  void Promise.reject(new Error('left behind'));
}

async function answersNothing(_: AppointmentChange): Promise<void> {
  await Promise.reject(undefined as unknown as Error);
}

export default definePlugin({
  name: 'careless',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  handlers: [
    on(appointmentBooked, throwsAtOnce),
    on(appointmentBooked, rejects),
    on(appointmentBooked, leavesRejection),
    on(appointmentBooked, answersNothing),
  ],
});
