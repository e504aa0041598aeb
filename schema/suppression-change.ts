import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { conflict, definePermission, Idempotent, type Context } from 'clinic-rapport';
import { normalAddress } from './contact-point.ts';
import { find } from './find.ts';
import { Suppression, SuppressionReason } from './suppression.ts';
import { stopMail } from './stop-mail.ts';
import { requiredText } from './text.ts';

export const suppressionWrite = definePermission('suppression.write', 'Stop mail to an address, and lift such a stop', [
  'owner',
  'frontDesk',
]);

@InputType({ description: 'An address to which nothing is to be sent.' })
export class SuppressAddressInput {
  @Field(() => String, { description: 'The e-mail address: `ming@example.com`. Not kept: a hash of it is.' })
  address: string;

  @Field(() => SuppressionReason, { description: 'Why; `COMPLAINT` stops also what its owner asks for.' })
  reason: SuppressionReason;
}

@InputType({ description: 'A stop to lift.' })
export class LiftSuppressionInput {
  @Field(() => ID, { description: 'Id of the suppression.' })
  id: string;

  @Field(() => String, { description: 'Why mail may go there again, 1 to 500 characters. Kept.' })
  reason: string;
}

@Resolver()
export class SuppressionOperations {
  @Authorized(suppressionWrite)
  @Idempotent()
  @Mutation(() => Suppression, {
    description: 'Stops mail to an address from now on. One that stands for the same reason is answered as it is.',
  })
  async suppressAddress(
    @Arg('input', () => SuppressAddressInput, { description: 'The address.' }) input: SuppressAddressInput,
    @Ctx() context: Context,
  ): Promise<Suppression> {
    const address = normalAddress('EMAIL', input.address, 'input.address');
    return find(Suppression, await stopMail({ address, reason: input.reason }, context), context);
  }

  @Authorized(suppressionWrite)
  @Mutation(() => Suppression, {
    description:
      'Lets mail go to an address again, as far as no other stop stands. CONFLICT for one that was lifted before.',
  })
  async liftSuppression(
    @Arg('input', () => LiftSuppressionInput, { description: 'Which one, and why.' }) input: LiftSuppressionInput,
    @Ctx() context: Context,
  ): Promise<Suppression> {
    const { em, actor, now } = context;
    const reason = requiredText(input.reason, 'input.reason', 500);
    const suppression = await find(Suppression, input.id, context);
    if (suppression.liftedAt) throw conflict('This stop was lifted before.');
    em.assign(suppression, { liftedAt: now, liftedBy: `${actor.kind} ${actor.id}`, liftedReason: reason });
    return suppression;
  }
}
