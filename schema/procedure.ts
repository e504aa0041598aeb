import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { LocalDate, RelatedAll, type Row } from 'clinic-rapport';
import { Patient } from './patient.ts';
import { Service } from './service.ts';
import { Visit } from './visit.ts';

@ObjectType({ description: 'Something that was done in a visit.' })
@Entity({ tableName: 'visit_procedure' })
export class Procedure {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Visit)
  visit: Visit;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Service, { nullable: true, description: 'The service that it belongs to.' })
  @ManyToOne(() => Service, { nullable: true })
  service?: Service | null;

  @Field(() => String, { nullable: true, description: 'Code of the procedure in the clinic’s own system.' })
  @Property({ type: 'text', nullable: true })
  code?: string | null;

  @Field(() => String, { description: 'What was done.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => LocalDate, {
    nullable: true,
    description: 'When the course that it belongs to was completed; null if it goes on.',
  })
  @Property({ type: 'date', nullable: true })
  completedOn?: string | null;

  @Field(() => Int, { nullable: true, description: 'What it cost, in minor units of the visit’s `currency` (cents).' })
  @Property({ type: 'integer', nullable: true })
  amount?: number | null;
}

@Resolver(() => Visit)
export class VisitProcedures {
  @RelatedAll(() => Procedure, {
    inverse: 'visit',
    limit: 200,
    description: 'What was done, in the order of recording.',
  })
  procedures: Row<Procedure>[];
}
