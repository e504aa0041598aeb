import { Agent, request as httpRequest } from 'node:http';

/** What a client got. */
export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  /** Codes of the errors; of what broke on the way, where there was no answer. */
  readonly codes: readonly string[];
  readonly data: any;
  readonly text: string;
  /** Milliseconds. */
  readonly took: number;
  /** When it was asked, on the clock of `performance.now()`. */
  readonly at: number;
}

export interface Question {
  query: string;
  variables?: Record<string, unknown>;
  token?: string;
  /** Milliseconds after which a client gives up; 30,000 if not given. */
  patience?: number;
  headers?: Record<string, string>;
}

/** A client of the API, with connections that it keeps. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 400 });
  readonly #url: URL;

  constructor(origin: string) {
    this.#url = new URL('/graphql', origin);
  }

  ask({ query, variables, token, patience = 30_000, headers }: Question): Promise<Answer> {
    const body = JSON.stringify({ query, variables });
    return this.send(body, {
      patience,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
  }

  /** Never rejects. */
  send(body: string, { patience = 30_000, headers = {} }: Pick<Question, 'patience' | 'headers'>): Promise<Answer> {
    const at = performance.now();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const failed = (error: Error): void =>
      resolve({
        status: 0,
        codes: [(error as { code?: string }).code ?? error.message],
        data: null,
        text: '',
        took: performance.now() - at,
        at,
      });
    const length = Buffer.byteLength(body);
    const options = { method: 'POST', agent: this.#agent, headers: { ...headers, 'content-length': length } };
    const request = httpRequest(this.#url, options, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', failed);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode!, ...read(text), text, took: performance.now() - at, at });
      });
    });
    request.once('error', failed).setTimeout(patience, () => request.destroy(new Error('no answer')));
    request.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function read(text: string): Pick<Answer, 'codes' | 'data'> {
  try {
    const { data, errors = [] } = JSON.parse(text) as { data: unknown; errors?: { extensions?: { code?: string } }[] };
    return { data, codes: errors.map(({ extensions }) => extensions?.code ?? 'NO_CODE') };
  } catch {
    return { data: null, codes: ['NO_JSON'] };
  }
}

export interface Load {
  readonly answers: readonly Answer[];
  stop(): Promise<readonly Answer[]>;
}

/** So many clients, each of which asks as soon as it is answered, with a pause in milliseconds between. */
export function startLoad(clients: number, ask: (turn: number) => Promise<Answer>, pause = 0): Load {
  const answers: Answer[] = [];
  let turn = 0;
  let stopped = false;
  const client = async (): Promise<void> => {
    while (!stopped) {
      answers.push(await ask(turn++));
      if (pause > 0) await new Promise(resolve => setTimeout(resolve, pause));
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    answers,
    async stop() {
      stopped = true;
      await running;
      return answers;
    },
  };
}

/** How often each code came, as `SLOT_TAKEN 49, ok 1`. */
export function summary(answers: readonly Answer[]): string {
  const counts = Map.groupBy(answers, ({ codes, status }) => codes[0] ?? (status === 200 ? 'ok' : String(status)));
  return [...counts].map(([code, list]) => `${code} ${list.length}`).join(', ');
}
