import { Field, InputType, ObjectType } from 'type-graphql';
import { badInput, type Settings } from 'clinic-rapport';
import { OffsetScalar, type Offset } from './offset.ts';

/** Of one clinic. The initializers are the defaults, the decorators are the form in GraphQL. */
@ObjectType('RecallSettings', { description: 'How the clinic reminds its patients of appointments.' })
@InputType('RecallSettingsInput', { description: 'How the clinic reminds its patients of appointments.' })
export class RecallSettings implements Settings {
  @Field(() => [OffsetScalar], {
    description:
      'How long before an appointment its reminders are sent, at most ten. A change holds for appointments booked or moved after it.',
  })
  reminderOffsets: Offset[] = ['P3D', 'P1D', 'PT1H'];

  check(): void {
    if (this.reminderOffsets.length > mostOffsets) {
      throw badInput('input.recall.reminderOffsets', `An appointment is reminded of at most ${mostOffsets} times.`);
    }
  }
}

const mostOffsets = 10;
