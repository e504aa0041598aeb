import { randomUUID } from 'node:crypto';
import type { Clinic } from './clinic.ts';
import type { Answer, Client } from './load.ts';

const book = `mutation Book($input: BookAppointmentInput!) { bookAppointment(input: $input) { id version } }`;

/** A time that nobody else asks for. */
export interface Time {
  readonly number: number;
  readonly practitionerId: string;
  readonly startsAt: string;
  readonly patientId: string;
  readonly idempotencyKey: string;
}

/** Bookings of one clinic, each of another time, and what became of them. */
export class Bookings {
  /** Ids of appointments that a client was told of, by the number of their time. */
  readonly made = new Map<number, string>();
  readonly #clinic: Clinic;
  readonly #begin = Math.ceil(Date.now() / 86_400_000 + 10) * 86_400_000;
  #count = 0;

  constructor(clinic: Clinic) {
    this.#clinic = clinic;
  }

  next(): Time {
    const { practitionerIds, patientIds } = this.#clinic;
    const number = this.#count++;
    const turn = Math.floor(number / practitionerIds.length);
    return {
      number,
      practitionerId: practitionerIds[number % practitionerIds.length]!,
      startsAt: new Date(this.#begin + turn * 1_800_000).toISOString(),
      patientId: patientIds[number % patientIds.length]!,
      idempotencyKey: randomUUID(),
    };
  }

  async book(client: Client, time = this.next(), more: object = {}): Promise<Answer> {
    const { number, ...input } = time;
    const { serviceId, tokens } = this.#clinic;
    const answer = await client.ask({
      query: book,
      variables: { input: { ...input, serviceId, ...more } },
      token: tokens.owner,
    });
    const id = (answer.data as { bookAppointment?: { id: string } } | null)?.bookAppointment?.id;
    if (id) this.made.set(number, id);
    return answer;
  }

  /** As a careful client: what may succeed later is asked again, under the same key, for at most half a minute. */
  async bookSurely(client: Client): Promise<Answer> {
    const time = this.next();
    const begun = performance.now();
    for (let pause = 50; ; pause = Math.min(1_000, pause * 2)) {
      const answer = await this.book(client, time);
      const isDone = answer.status === 200 && answer.codes.length === 0;
      if (isDone || performance.now() - begun > 30_000 || !answer.codes.every(code => passing.has(code))) return answer;
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  }
}

/** Of errors after which the same request may succeed. */
const passing: ReadonlySet<string> = new Set(['STORAGE_UNAVAILABLE', 'RATE_LIMITED', 'ECONNRESET', 'ECONNREFUSED']);

export const reading = (clinic: Clinic) => ({
  query: `{ patients(first: 20) { nodes { id name } pageInfo { endCursor } } }`,
  token: clinic.tokens.owner,
});
