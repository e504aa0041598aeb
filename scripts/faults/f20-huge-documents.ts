import { attacks } from './attacks.ts';
import { atMost, exactly, none, type Scenario } from './scenario.ts';

const rounds = 5;

/** Documents that are made to keep a server busy get a short answer at once. */
export const hugeDocuments: Scenario = {
  id: 'F20',
  fault: `${attacks.length} documents that are made to keep a server busy, by the bearer of a valid token`,
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f20' });
    const { client } = await stage.serve();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${clinic.tokens.owner}`,
    };
    await client.ask({ query: '{ clinic { id } }', token: clinic.tokens.owner });
    let [slowest, longest] = [0, 0];
    const odd: string[] = [];
    for (const { name, body, status, code } of attacks) {
      // The median: what is measured is the document, and not what else goes on in the machine.
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const answer = await client.send(body, { headers });
        times.push(answer.took);
        longest = Math.max(longest, answer.text.length);
        if (answer.status !== status || (code && answer.codes[0] !== code))
          odd.push(`${name}: ${answer.status} ${answer.codes[0]}`);
      }
      const took = times.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
      if (took > slowest) stage.tell(`${name}: ${Math.round(took)} ms`);
      slowest = Math.max(slowest, took);
    }
    const { status } = await client.ask({ query: '{ clinic { id } }', token: clinic.tokens.owner });
    return [
      none('answers other than they should be', odd),
      atMost('the slowest answer, median of five', slowest, 100, 'ms'),
      atMost('the longest answer', longest / 1024, 64, 'kB'),
      exactly('status of an ordinary request after them', status, 200),
    ];
  },
};
