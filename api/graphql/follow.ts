import type { Event } from '../plugin.ts';

/** Options of a subscription that follows events. The quarantine turns the topics into the field's own subscribe. */
export interface Following {
  topics: string | string[];
}

/**
 * Binds a subscription to events of the subscriber's clinic, and adds the argument `after`, with which a client goes on
 * where it left off. The resolver gets the occurrence as `@Root()`; where it answers null, the event is skipped. It runs
 * once for all subscribers with the same rights and language, so `actor.id` is none of theirs there.
 *
 *     @Authorized(visitRead)
 *     @Subscription(() => VisitChanged, { ...follow(visitEvents), description: 'Visits as they begin and end.' })
 */
export const follow = (events: Event<any> | readonly Event<any>[]): Following => ({
  topics: ('name' in events ? [events] : events).map(({ name }) => name),
});
