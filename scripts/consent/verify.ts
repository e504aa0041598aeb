import type { App } from '../../api/app.ts';
import { systemActor } from '../../api/platform.ts';
import { firstDelivery, verifyDeliveries, type Unfounded } from '../../schema/evidence.ts';

export interface Verification {
  readonly checked: number;
  readonly unfounded: readonly Unfounded[];
}

/** From clinic to clinic along the primary key: a table of millions is not read to find them. */
const clinics = `with recursive clinic as (
    (select clinic_id from delivery order by clinic_id limit 1)
    union all
    select (select d.clinic_id from delivery d where d.clinic_id > clinic.clinic_id order by d.clinic_id limit 1)
    from clinic where clinic.clinic_id is not null)
  select clinic_id from clinic where clinic_id is not null`;

/** Recomputes for every mail of every clinic that was ever sent whether it rested on something when it was. */
export async function verifyConsents(
  { platform }: Pick<App, 'platform'>,
  onProgress: (checked: number) => void = () => {},
): Promise<Verification> {
  const { rows } = await platform.database.dispatch.query<{ clinic_id: string }>(clinics);
  const unfounded: Unfounded[] = [];
  let checked = 0;
  for (const { clinic_id: clinicId } of rows) {
    const context = await platform.contextFor({ clinicId, actor: systemActor('job', 'consent.verify') });
    for (let after: string | undefined = firstDelivery; after !== undefined;) {
      const found = await context.transaction(() => verifyDeliveries(after!, context));
      checked += found.checked;
      unfounded.push(...found.unfounded);
      after = found.last;
      onProgress(checked);
    }
  }
  return { checked, unfounded };
}
