import { createSharedClock, type SharedClock } from '../../api/clock.ts';

let clock: SharedClock | undefined;
afterEach(() => clock?.stop());

const ahead = ({ now }: SharedClock): number => Math.round((now().getTime() - Date.now()) / 1_000);

test('a process whose clock was five minutes slow took leases of others for expired', async () => {
  clock = await createSharedClock(async () => new Date(Date.now() + 300_000));
  expect(ahead(clock)).toBe(300);
});

test('a clock that somebody sets back does not take the platform’s with it', async () => {
  clock = await createSharedClock(async () => new Date());
  const before = clock.now().getTime();
  const real = Date.now;
  Date.now = () => real() - 3_600_000;
  try {
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(before);
  } finally {
    Date.now = real;
  }
});

test('while the database is away the machine’s clock does', async () => {
  clock = await createSharedClock(() => Promise.reject(new Error('away')));
  expect(ahead(clock)).toBeCloseTo(0, 1);
});
