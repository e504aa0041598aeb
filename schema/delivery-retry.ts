import { validate as isId } from 'uuid';
import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { conflict, intervene, workMend, type Context } from 'clinic-rapport';
import { Delivery } from './delivery.ts';
import { orNotFound } from './find.ts';

@InputType({ description: 'A mail that is to be sent after all.' })
export class RetryDeliveryInput {
  @Field(() => ID, { description: 'Id of the delivery.' })
  id: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Needed for one that is `UNCERTAIN`: it may be in the mailbox already, and be there twice then.',
  })
  evenIfItMayArriveTwice: boolean;
}

@Resolver()
export class DeliveryRetryResolver {
  @Authorized(workMend)
  @Mutation(() => Delivery, {
    description:
      'Sends a mail that failed, was withheld, or waits to be tried again. Whether it may be sent is asked anew. CONFLICT for one that was sent or was never tried.',
  })
  async retryDelivery(
    @Arg('input', () => RetryDeliveryInput, { description: 'Which one.' }) input: RetryDeliveryInput,
    @Ctx() context: Context,
  ): Promise<Delivery> {
    const { em, clinicId, now } = context;
    const { id, evenIfItMayArriveTwice } = input;
    const delivery = orNotFound(Delivery, isId(id) ? await em.findOne(Delivery, { id }) : null);
    const [row] = await em.execute<object[]>(
      `update delivery set state = 'queued', attempts = 0, due_at = ?, reason = null
       where clinic_id = ? and id = ? and (state in ('failed', 'withheld') or state = 'queued' and attempts > 0
         or state = 'uncertain' and ?::boolean) returning id`,
      [now.toISOString(), clinicId, id, evenIfItMayArriveTwice],
    );
    if (!row) throw conflict(refusalOf(delivery));
    const { mail: name, reason } = delivery;
    await intervene(context, { action: 'RETRY_DELIVERY', subjectId: id, name, reason });
    return delivery;
  }
}

const refusalOf = ({ state }: Delivery): string =>
  state === 'uncertain'
    ? 'This mail may have arrived: say `evenIfItMayArriveTwice: true` to send it again.'
    : `A mail that is ${state} is not sent again: it waits its turn, or was sent.`;
