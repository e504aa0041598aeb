import type { PatientsPageQuery } from '../generated/graphql.ts';
import type { createApi } from './api.ts';
import { patientsPage } from './operations.ts';

/** All patients that a search finds, page by page: the cursor of the last one is where the next page begins. */
export async function* patientsFound(api: ReturnType<typeof createApi>, search?: string) {
  let after: string | null | undefined;
  do {
    const { patients }: PatientsPageQuery = await api.request(patientsPage, { search, after });
    yield* patients.nodes;
    after = patients.pageInfo.hasNextPage ? patients.pageInfo.endCursor : undefined;
  } while (after);
}
