import pg from 'pg';
import type { TestApp } from 'clinic-rapport/testing';

export interface Answered {
  data: any;
  errors?: { message: string; extensions: { code: string; field?: string; retryAfter?: number } }[];
  /** Of the first error. */
  code?: string;
}

/** Asks as a program outside does, over HTTP; by nobody without a credential. */
export async function ask(
  app: TestApp,
  query: string,
  variables: Record<string, unknown> = {},
  { credential, clinicId }: { credential?: string; clinicId?: string } = {},
): Promise<Answered> {
  const response = await app.fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(credential && { authorization: `Bearer ${credential}` }),
      ...(clinicId && { 'x-clinic-id': clinicId }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answered;
  return { data, errors, code: errors?.[0]?.extensions.code };
}

/** As the owner of the database, who passes row-level security. */
export async function asOwner<T>(app: TestApp, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  return work(client).finally(() => client.end());
}

const everyRow = `select string_agg(query_to_xml(format('select * from %I', relname), true, false, '')::text, '') as text
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`;

/** Every row of every table, as text: what is nowhere in it is not stored. */
export const everythingStored = (app: TestApp): Promise<string> =>
  asOwner(app, async client => (await client.query<{ text: string }>(everyRow)).rows[0]!.text);
