import { Migration } from '@mikro-orm/migrations';

/** Conditions that are over are asked for by their patient too: by each mail, and by the record. */
export class ConditionsOfPatients extends Migration {
  override up(): void {
    this.addSql('create index patient_condition_patient on patient_condition (clinic_id, patient_id)');
  }
}
