import { Migration } from '@mikro-orm/migrations';

/** A clinic that moves to another time zone, or enables a plugin, has its recurring jobs at their new times at once. */
export class TimetableTold extends Migration {
  override up(): void {
    this.addSql(`create function tell_timetable() returns trigger language plpgsql as $$
      begin
        notify rapport_timetable;
        return null;
      end $$`);
    for (const [table, columns] of [
      ['clinic', 'time_zone'],
      ['clinic_plugin', 'enabled'],
    ]) {
      this.addSql(`create trigger timetable_told after insert or update of ${columns} on ${table}
        for each statement execute function tell_timetable()`);
    }
  }
}
