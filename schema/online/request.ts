import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import { defineJob, type Context, type Job, type Locale } from 'clinic-rapport';
import type { Purpose } from '../consent.ts';
import { NoticeVersion } from '../notice.ts';
import { Practitioner } from '../practitioner.ts';
import { Service } from '../service.ts';

/** Hours in which the mailed link is good. Nothing is held for so long: a form that anyone can send would fill the calendar. */
export const requestHours = 24;

/**
 * What someone asked for on a public page. Nobody in it is a patient yet, and nothing of it counts, until the owner of the
 * address has confirmed it; its personal data is gone a day later in any case.
 */
@Entity({ tableName: 'booking_request' })
export class BookingRequest {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  /** None of the three where someone wants to be registered only. */
  @ManyToOne(() => Service, { nullable: true })
  service?: Service | null;

  @ManyToOne(() => Practitioner, { nullable: true })
  practitioner?: Practitioner | null;

  @Property({ type: 'datetime', nullable: true })
  startsAt?: Date | null;

  @Property({ type: 'text' })
  name: string;

  @Property({ type: 'date' })
  birthDate: string;

  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Property({ type: 'text' })
  email: string;

  @Property({ type: 'text' })
  language: Locale;

  /** To which the boxes were ticked. */
  @Property({ type: 'array', columnType: 'text[]' })
  purposes: Purpose[];

  /** That was shown beside them. */
  @ManyToOne(() => NoticeVersion, { nullable: true })
  noticeVersion?: NoticeVersion | null;

  /** What led to it, as `recall.flu`. */
  @Property({ type: 'text', nullable: true })
  origin?: string | null;

  @Property({ type: 'datetime' })
  createdAt: Date;

  @Property({ type: 'datetime' })
  expiresAt: Date;

  @Property({ type: 'datetime', nullable: true })
  doneAt?: Date | null;
}

const batch = 1_000;

export const forgetBookingRequests: Job<void> = defineJob('booking.forget', {
  every: '25 * * * *',
  async run(_, context: Context) {
    const { em, clinicId, now } = context;
    const [row] = await em.execute<{ gone: number }[]>(
      `with gone as (delete from booking_request where ctid in (
         select ctid from booking_request where clinic_id = ? and expires_at < ? limit ${batch}) returning 1)
       select count(*)::integer as gone from gone`,
      [clinicId, new Date(now.getTime() - 24 * 3_600_000).toISOString()],
    );
    if (row!.gone === batch) await context.enqueue(forgetBookingRequests, undefined, { key: 'more' });
  },
});
