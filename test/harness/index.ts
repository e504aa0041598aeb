/** The test door, `clinic-rapport/testing`: for the platform's own tests and for those of plugins, built-in or not. */
export {
  createTestApp,
  type TestApp,
  type TestAppOptions,
  type Answer,
  type Caller,
  type Subscription,
} from './app.ts';
export { createTestClock, type TestClock } from './clock.ts';
export { type ReceivedMail } from './mails.ts';
