import type { Child } from '../child.ts';
import { startChild } from '../child.ts';
import { median } from '../ratios.ts';
import type { Report } from '../report.ts';
import type { Tell } from './server.ts';
import { subscribe, type Subscribers } from './subscribers.ts';

export interface FanoutOptions {
  databaseUrl: string;
  rounds: number;
  subscribers: number;
  onProgress(step: string): void;
}

const subscription = `subscription { appointmentChanged { change appointment {
  id startsAt status patient { id name } practitioner { id name } } } }`;
/** Events of a round, and of one transaction: what comes together leaves together, so both are measured. */
const bursts = { events: 60, together: 10 } as const;
const singles = { events: 20, together: 1 } as const;

interface Side {
  readonly server: Child;
  readonly subscribers: Subscribers;
}

/** Of one round: time by time, CPU by CPU. */
interface Ratios {
  rate: number;
  cpu: number | undefined;
}

/** Deliveries a second, and CPU of the server for each, against a server that writes one buffer to every socket. */
export async function benchFanout({
  databaseUrl,
  rounds,
  subscribers: count,
  onProgress,
}: FanoutOptions): Promise<NonNullable<Report['fanout']>> {
  const platform = await startChild('fan-out', { file: 'fanout/server.js', databaseUrl, args: ['platform'] });
  const raw = await startChild('ws', { file: 'fanout/server.js', databaseUrl, args: ['ws'] });
  const sides: Side[] = [];
  try {
    onProgress(`Opening twice ${count} sockets`);
    const [token] = platform.tokens;
    const hello = (payload: object): string => JSON.stringify({ type: 'connection_init', payload });
    const ask = JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: subscription } });
    const about = await appointmentOf(platform);
    const ours = {
      server: platform,
      subscribers: await subscribe(platform.port, count, [hello({ authorization: `Bearer ${token}` }), ask]),
    };
    sides.push(ours);
    const theirs = { server: raw, subscribers: await subscribe(raw.port, count, [hello({})]) };
    sides.push(theirs);
    await tell(ours, count, { ...about, ...bursts, text: '' });
    const text = ours.subscribers.last;
    const compare = async (how: typeof bursts | typeof singles): Promise<Ratios> => {
      const floor = await tell(theirs, count, { ...about, ...how, text });
      const own = await tell(ours, count, { ...about, ...how, text });
      return { rate: floor.seconds / own.seconds, cpu: own.cpu && floor.cpu && own.cpu / floor.cpu };
    };
    const measured: { burst: Ratios; single: Ratios }[] = [];
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'Warming up' : `Fan-out, round ${round} of ${rounds}`);
      const both = { burst: await compare(bursts), single: await compare(singles) };
      if (round > 0) measured.push(both);
    }
    return {
      ...medianOf(measured.map(({ burst }) => burst)),
      single: medianOf(measured.map(({ single }) => single)),
    };
  } finally {
    for (const { subscribers } of sides) subscribers[Symbol.dispose]();
    await Promise.all([platform.stop(), raw.stop()]);
  }
}

function medianOf(rounds: readonly Ratios[]): { vsWs: number; cpuVsWs?: number } {
  const cpus = rounds.flatMap(({ cpu }) => cpu ?? []);
  return { vsWs: median(rounds.map(({ rate }) => rate)), cpuVsWs: cpus.length > 0 ? median(cpus) : undefined };
}

async function tell(
  { server, subscribers }: Side,
  count: number,
  { events: wanted, together, ...what }: Tell & { together: number },
): Promise<{ seconds: number; cpu: number | undefined }> {
  const [cpu, begun] = [server.cpu(), performance.now()];
  for (let told = 0; told < wanted; told += together) {
    const arrived = subscribers.received(together * count);
    await server.ask({ ...what, events: together });
    await arrived;
  }
  const after = server.cpu();
  return {
    seconds: (performance.now() - begun) / 1000,
    cpu: cpu === undefined || after === undefined ? undefined : after - cpu,
  };
}

async function appointmentOf({ port, tokens }: Child): Promise<{ appointmentId: string; patientId: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: JSON.stringify({ query: '{ appointments(first: 1) { nodes { id patient { id } } } }' }),
  });
  const { data } = (await response.json()) as any;
  const [appointment] = data.appointments.nodes;
  return { appointmentId: appointment.id, patientId: appointment.patient.id };
}
