import { Field, InputType, ObjectType } from 'type-graphql';
import { OffsetScalar, type Offset } from './offset.ts';

/** Of one clinic. The initializers are the defaults, the decorators are the form in GraphQL. */
@ObjectType('RecallSettings', { description: 'How the clinic reminds its patients of appointments.' })
@InputType('RecallSettingsInput', { description: 'How the clinic reminds its patients of appointments.' })
export class RecallSettings {
  @Field(() => [OffsetScalar], {
    description:
      'How long before an appointment its reminders are sent. A change holds for appointments booked or moved after it.',
  })
  reminderOffsets: Offset[] = ['P3D', 'P1D', 'PT1H'];
}
