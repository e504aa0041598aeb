import { startEmbedded } from '../api/database/embedded.ts';
import { rapportHome } from '../api/database/home.ts';

/** The database that commands work on. */
export interface CommandDatabase {
  /** Of a user who may create roles and pass row-level security. */
  readonly url: string;
  /** Stops what was started for it. */
  stop(): Promise<void>;
}

/** DATABASE_URL, else the embedded PostgreSQL: started if none runs, and `onStarting` is called meanwhile. */
export async function openDatabase(
  onProgress: (step: string) => void,
  onStarting?: () => void,
): Promise<CommandDatabase> {
  const url = process.env['DATABASE_URL'];
  if (url) return { url, stop: async () => {} };
  return startEmbedded({ home: rapportHome(), onProgress, onStarting });
}
