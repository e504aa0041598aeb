import { createClient } from 'graphql-ws';
import type { TypedDocumentString } from '../generated/graphql.ts';

/** An error of the API: `code` is of the list in the README, `field` the input field that is at fault. */
export class ApiError extends Error {
  readonly code: string;
  readonly field?: string;
  readonly retryable: boolean;

  constructor({ message, extensions }: { message: string; extensions?: Record<string, unknown> }) {
    super(message);
    this.code = String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR');
    this.field = extensions?.['field'] as string | undefined;
    this.retryable = extensions?.['retryable'] === true;
  }
}

export interface Connection {
  url: string;
  /** Asked for each request and connection: a token expires. */
  token(): Promise<string>;
  /** Needed by users of several clinics only. */
  clinicId?: string;
}

export function createApi({ url, token, clinicId }: Connection) {
  const credentials = async () => ({
    authorization: `Bearer ${await token()}`,
    ...(clinicId && { 'x-clinic-id': clinicId }),
  });
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${await token()}`, clinicId }),
    // Going on is ours: only we know after which event.
    retryAttempts: 0,
  });

  async function request<R, V>(document: TypedDocumentString<R, V>, variables: V): Promise<R> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await credentials()) },
      body: JSON.stringify({ query: document, variables }),
    });
    const { data, errors } = (await response.json()) as { data: R; errors?: { message: string }[] };
    if (errors?.length) throw new ApiError(errors[0]!);
    return data;
  }

  /** All events, none twice, whatever happens to the connection: it goes on after the last one that came. */
  async function* follow<R, V extends { after?: string | null }>(
    document: TypedDocumentString<R, V>,
    variables: V,
    cursorOf: (data: R) => string,
  ): AsyncGenerator<R> {
    let after = variables.after;
    for (let tries = 0; ; tries++) {
      try {
        for await (const { data, errors } of socket.iterate<R>({
          query: String(document),
          variables: { ...variables, after },
        })) {
          if (errors?.length) throw new ApiError(errors[0]!);
          after = cursorOf(data!);
          tries = 0;
          yield data!;
        }
        return;
      } catch (error) {
        // RESYNC: the events are gone. Read the present state, and follow anew without `after`.
        if (error instanceof ApiError && !error.retryable) throw error;
        const pause = Math.min(10_000, 200 * 2 ** tries) * (0.5 + Math.random() / 2);
        await new Promise(resolve => setTimeout(resolve, pause));
      }
    }
  }

  return { request, follow, close: () => socket.dispose() };
}
