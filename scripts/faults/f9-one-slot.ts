import { Bookings, type Time } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import { summary, type Answer, type Client } from './load.ts';
import { atMost, exactly, none, percentile, type Scenario } from './scenario.ts';

const clients = 50;

/** Many want the same time of a practitioner or a room; whoever does not get it is told so. */
export const oneSlot: Scenario = {
  id: 'F9',
  fault: '50 clients book one slot, overlapping ones, and practitioner and room crosswise, in 20 rounds of each',
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f9' });
    const { client } = await stage.serve();
    const rounds = stage.quick ? 5 : 20;
    const bookings = new Bookings(clinic);
    // The first requests compile what later ones find compiled.
    for (let warm = 0; warm < 20; warm++) await bookings.book(client);
    const all: Answer[] = [];
    const winners: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const same = await race(client, clinic, bookings, ({ startsAt }) => ({ startsAt }));
      winners.push(same.filter(({ codes }) => codes.length === 0).length);
      const overlapping = await race(client, clinic, bookings, ({ startsAt }, turn) => ({
        startsAt: new Date(Date.parse(startsAt) + (turn % 6) * 300_000).toISOString(),
      }));
      const crosswise = await race(client, clinic, bookings, ({ startsAt }, turn) => ({
        startsAt,
        practitionerId: clinic.practitionerIds[turn % 3],
        roomId: clinic.roomIds[Math.floor(turn / 3) % 3],
      }));
      all.push(...same, ...overlapping, ...crosswise);
    }
    stage.tell(summary(all));
    const losers = all.filter(({ codes }) => codes.length > 0);
    return [
      exactly(
        'rounds of one slot with another number of winners than one',
        winners.filter(count => count !== 1).length,
        0,
      ),
      none(
        'losers that were told something else than SLOT_TAKEN',
        losers.filter(({ codes }) => codes.join() !== 'SLOT_TAKEN').map(({ text }) => text),
      ),
      atMost(
        'p99 of a loser’s answer',
        percentile(
          losers.map(({ took }) => took),
          0.99,
        ),
        1_000,
        'ms',
      ),
    ];
  },
};

/** All at once ask for nearly the same; `of` says what each one asks for. */
function race(
  client: Client,
  { practitionerIds, patientIds }: Clinic,
  bookings: Bookings,
  of: (time: Time, turn: number) => object,
): Promise<Answer[]> {
  const { startsAt } = bookings.next();
  const ahead = new Date(Date.parse(startsAt) + 200 * 86_400_000 + bookings.next().number * 7_200_000).toISOString();
  return Promise.all(
    Array.from({ length: clients }, (_, turn) => {
      const time = { ...bookings.next(), startsAt: ahead, practitionerId: practitionerIds[0]! };
      return bookings.book(client, time, { ...of(time, turn), patientId: patientIds[turn % patientIds.length] });
    }),
  );
}
