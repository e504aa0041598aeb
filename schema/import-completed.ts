import { defineEvent } from 'clinic-rapport';

/** A file was taken over. One event for all its rows: an import plans no reminders and tells of no row. */
export interface ImportCompleted {
  importId: string;
  /** The mapping that was used: `noshow`. */
  format: string;
  /** Rows that became an appointment, those that were there already, and those that were refused. */
  imported: number;
  unchanged: number;
  refused: number;
}

export const importCompleted = defineEvent<ImportCompleted>('import.completed', ({ importId }) => ({
  type: 'import',
  id: importId,
}));
