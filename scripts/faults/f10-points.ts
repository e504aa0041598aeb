import { summary, type Answer, type Client } from './load.ts';
import { exactly, none, type Scenario } from './scenario.ts';

const clients = 50;
const [points, price] = [100, 10];
const adjust = 'mutation ($input: AdjustPointsInput!) { adjustPoints(input: $input) { available } }';

/** Many spend the points of one patient at once, over two processes; a read-modify-write let all of them through. */
export const pointsRace: Scenario = {
  id: 'F10',
  fault: `${clients} clients on two nodes spend ${price} of the same ${points} points at once, in 20 rounds`,
  plugins: ['clinic-rapport/plugins/membership'],
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f10' });
    const nodes = [(await stage.serve()).client, (await stage.serve()).client];
    const change = (client: Client, patientId: string, by: number): Promise<Answer> =>
      client.ask({
        query: adjust,
        variables: { input: { patientId, points: by, reason: 'Race' } },
        token: clinic.tokens.owner,
      });
    const winners: number[] = [];
    const losers: Answer[] = [];
    for (let round = 0; round < (stage.quick ? 5 : 20); round++) {
      const patientId = clinic.patientIds[round]!;
      await change(nodes[0]!, patientId, points);
      const spending = Array.from({ length: clients }, (_, turn) => change(nodes[turn % 2]!, patientId, -price));
      const answers = await Promise.all(spending);
      winners.push(answers.filter(({ codes }) => codes.length === 0).length);
      losers.push(...answers.filter(({ codes }) => codes.length > 0));
    }
    stage.tell(summary(losers));
    const left = await stage.cluster.query<{ left: string }>(
      'select coalesce(sum(available), 0)::text as left from membership_balance',
    );
    return [
      exactly(
        `rounds with another number of winners than ${points / price}`,
        winners.filter(count => count !== points / price).length,
        0,
      ),
      none(
        'losers that were told something else than CONFLICT',
        losers.filter(({ codes }) => codes.join() !== 'CONFLICT').map(({ text }) => text),
      ),
      exactly('points left after all', Number(left[0]!.left), 0),
    ];
  },
};
