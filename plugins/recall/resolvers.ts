import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import {
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  Needs,
  range,
  RelatedAll,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { Appointment } from 'clinic-rapport/schema';
import { deliveryOfReminder, outcomeOf, ReminderState, type Outcome } from './outcome.ts';
import { Reminder } from './reminder.ts';

export const reminderRead = definePermission(
  'recall.reminder.read',
  'See which reminders are planned, sent or not sent',
  ['owner', 'frontDesk', 'practitioner'],
);

const ReminderList = listOf(() => Reminder, {
  name: 'Reminder',
  filter: { appointment: anyOfIds(), dueAt: range(DateTime), startsAt: range(DateTime) },
  orderBy: { DUE_AT: 'dueAt', STARTS_AT: 'startsAt' },
  defaultOrder: { dueAt: 'asc' },
});

@Resolver(() => Reminder)
export class ReminderResolver {
  @Authorized(reminderRead)
  @Query(() => ReminderList.Connection, {
    description: 'Reminders of the clinic’s appointments, the first due ones first.',
  })
  reminders(
    @Args(() => ReminderList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<Reminder>> {
    return read.page(ReminderList, info, page);
  }

  @Needs('dropped')
  @FieldResolver(() => ReminderState, { description: 'Whether it was sent, will be, or will not be.' })
  async state(@Root() reminder: Row<Reminder>, @Ctx() context: Context): Promise<ReminderState> {
    return (await outcome(reminder, context)).state;
  }

  @Needs('dropped')
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Why it was not sent: `OFFSET_PASSED`, `APPOINTMENT_CHANGED`, `TOO_LATE`, or the reason of a plugin that withheld it.',
  })
  async reason(@Root() reminder: Row<Reminder>, @Ctx() context: Context): Promise<string | undefined> {
    return (await outcome(reminder, context)).reason;
  }

  @Needs('dropped')
  @FieldResolver(() => DateTime, { nullable: true, description: 'When it was sent.' })
  async sentAt(@Root() reminder: Row<Reminder>, @Ctx() context: Context): Promise<Date | undefined> {
    return (await outcome(reminder, context)).sentAt;
  }
}

const outcome = async ({ id, dropped }: Row<Reminder>, { load }: Context): Promise<Outcome> =>
  outcomeOf(dropped, await load(deliveryOfReminder, id));

@Resolver(() => Appointment)
export class AppointmentReminders {
  @Authorized(reminderRead)
  @RelatedAll(() => Reminder, {
    inverse: 'appointment',
    limit: 100,
    orderBy: { version: 'desc', dueAt: 'asc' },
    nullable: true,
    description: 'Its reminders: those for the present time first, then those for earlier ones.',
  })
  reminders: Row<Reminder>[] | null;
}
