import { verifyAudit } from '../api/audit/verify.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { progress } from './progress.ts';

/** Recomputes the audit of every clinic; as the owner of the database. */
await runCommand(async ({ onEnd }) => {
  const { url, stop } = await openDatabase(progress);
  onEnd(stop);
  const { entries, clinics, waiting, faults } = await verifyAudit(url);
  console.log(
    `${entries} entries in ${clinics} clinics checked; ${waiting} are not linked yet; ${faults.length} chains are broken.`,
  );
  if (faults.length > 0) throw new Error(faults.join('\n'));
  if (entries === 0) throw new Error('There is nothing to check: that no entry was ever written is a fault.');
});
