import type { Context, SubjectData } from 'clinic-rapport';
import { evaluate } from './evaluation.ts';
import { joinPatients } from './joining.ts';
import { Member } from './member.ts';
import { takeOver } from './merged-members.ts';
import { activeProgram } from './program.ts';
import { these } from './rules-sql.ts';
import { TierChange } from './tier-change.ts';

/** That somebody was a member, how the tier came, and what counted for it. */
export const membershipOfSubject: SubjectData = {
  async export(patientId, { em, clinicId }) {
    const member = await em.findOne(Member, { patient: patientId }, { populate: ['tier'] });
    const changes = await em.find(
      TierChange,
      { patient: patientId },
      { orderBy: { number: 'asc' }, populate: ['from', 'to'] },
    );
    return {
      membership: member && {
        ...{ tier: member.tier.code, joinedAt: member.joinedAt, tierSince: member.tierSince },
        graceUntil: member.graceUntil ?? null,
      },
      tierChanges: changes.map(({ from, to, reason, changedAt }) => ({
        ...{ from: from?.code ?? null, to: to.code, reason, changedAt },
      })),
      engagements: await em.execute(
        `select kind, recorded_at as "recordedAt" from membership_engagement
         where clinic_id = ? and patient_id = ? order by recorded_at`,
        [clinicId, patientId],
      ),
    };
  },

  async erase(patientId, { em, clinicId }) {
    const held = await em.count(Member, { patient: patientId, held: true });
    if (held > 0) return;
    for (const table of ['membership_engagement', 'membership_tier_change', 'membership_member']) {
      await em.execute(`delete from ${table} where clinic_id = ? and patient_id = ?`, [clinicId, patientId]);
    }
  },

  async hold(patientId, held, { em }) {
    await em.nativeUpdate(Member, { patient: patientId }, { held });
  },

  async merge(fromId, toId, context) {
    await reconsider(fromId, toId, context);
  },
};

/** The record that stays counts what both did, and has the better of what both had. */
async function reconsider(fromId: string, toId: string, context: Context): Promise<void> {
  const program = await activeProgram(context);
  if (!program) return;
  await joinPatients(program, these([toId]), context);
  await takeOver(fromId, toId, context);
  await evaluate([toId], context);
}
