import type { Class, Event, Permission } from '../plugin.ts';
import { deadLettered } from '../work/dead-letter.ts';
import { DeadLetterResolver } from './dead-letter.ts';
import { EventHandling, EventResolver, StoredEvent } from './event.ts';
import { Intervention, InterventionResolver } from './intervention.ts';
import { JobResolver, StoredJob } from './job.ts';
import { MendingResolver } from './mending.ts';
import { workMend, workRead } from './permissions.ts';
import { PluginHealthResolver } from './plugin-health.ts';

export interface Oversight {
  entities: Class[];
  resolvers: Class[];
  permissions: Permission[];
  events: Event<any>[];
}

/** What the core lists of the ground, so that people see the work of the platform and can mend it. */
export const oversight: Oversight = {
  entities: [StoredEvent, EventHandling, StoredJob, Intervention],
  resolvers: [
    EventResolver,
    JobResolver,
    InterventionResolver,
    DeadLetterResolver,
    MendingResolver,
    PluginHealthResolver,
  ],
  permissions: [workRead, workMend],
  events: [deadLettered],
};
