import { Migration } from '@mikro-orm/migrations';

/**
 * What waits is found by its handler in the order in which it is due: one step, however much waits. By the clinic alone it was
 * the whole queue, read and sorted for each row that was taken.
 */
export class WorkQueues extends Migration {
  override up(): void {
    for (const statement of queues.flatMap(([table, name]) => [
      `create index ${table}_waiting on ${table} (clinic_id, ${name}, due_at, id) where state = 'waiting'`,
      `drop index ${table}_due`,
    ]))
      this.addSql(statement);
  }
}

const queues = [
  ['event_handling', 'handler'],
  ['job', 'name'],
] as const;
