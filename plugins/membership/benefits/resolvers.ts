import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Authorized, Ctx, Field, ID, Info, InputType, Mutation, Query, Resolver } from 'type-graphql';
import {
  definePermission,
  Idempotent,
  LocalDate,
  Related,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';
import { complianceApprove, Patient } from 'clinic-rapport/schema';
import {
  ApproveMembershipBenefitInput,
  CreateMembershipBenefitInput,
  UpdateMembershipBenefitInput,
} from './benefit-input.ts';
import { toldTo } from '../points/reward-rules.ts';
import { BenefitList, benefitRead, benefitWrite, lawOf, MembershipBenefit } from './benefit.ts';
import { approveBenefit, createBenefit, mostBenefits, updateBenefit } from './defining.ts';
import { GrantedBenefitList, MembershipGrantedBenefit, OwnBenefitList } from './granted-benefit.ts';
import { MembershipBenefitUsage, usageOf } from './report.ts';
import { useAtDesk } from './tasks.ts';

export const benefitUse = definePermission('membership.benefit.use', 'Record that patients use their benefits', [
  'owner',
  'frontDesk',
  'practitioner',
]);
export const benefitReport = definePermission('membership.benefit.report', 'See how much benefits are used', [
  'owner',
  'marketer',
]);

@InputType({ description: 'A benefit that a patient uses.' })
export class UseMembershipBenefitInput {
  @Field(() => ID, { description: 'Id of what the patient was given.' })
  id: string;
}

@Resolver()
export class BenefitResolver {
  @Authorized(benefitRead)
  @Query(() => BenefitList.Connection, {
    description:
      'What tiers give, the latest first; with `filter: { reviewOn: { to: … } }` what is due for a review. Patients see only what is given, and what the law lets them be told.',
  })
  async membershipBenefits(
    @Args(() => BenefitList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
  ): Promise<Page<MembershipBenefit>> {
    const { actor, em, read } = context;
    if (actor.patientIds === '*') return read.page(BenefitList, info, page);
    const given = await em.find(MembershipBenefit, { active: true, needsApproval: false }, { limit: mostBenefits });
    const offers = given.map(benefit => ({ ...lawOf(benefit), id: benefit.id, name: benefit.name }));
    return read.page(BenefitList, info, page, { id: await toldTo(actor.patientIds, offers, context) });
  }

  @Authorized(benefitWrite)
  @Idempotent()
  @Mutation(() => MembershipBenefit, {
    description:
      'Adds a benefit; who has the tier already gets it soon. COMPLIANCE_BLOCKED, with the rule, where the law forbids it; where the law asks for an approval, nobody gets it until then.',
  })
  createMembershipBenefit(
    @Arg('input', () => CreateMembershipBenefitInput, { description: 'The benefit.' })
    input: CreateMembershipBenefitInput,
    @Ctx() context: Context,
  ): Promise<MembershipBenefit> {
    return createBenefit(input, context);
  }

  @Authorized(benefitWrite)
  @Mutation(() => MembershipBenefit, { description: 'Changes a benefit; what patients have of it stays as it was.' })
  updateMembershipBenefit(
    @Arg('input', () => UpdateMembershipBenefitInput, { description: 'What is different.' })
    input: UpdateMembershipBenefitInput,
    @Ctx() context: Context,
  ): Promise<MembershipBenefit> {
    return updateBenefit(input, context);
  }

  @Authorized(complianceApprove)
  @Mutation(() => MembershipBenefit, {
    description:
      'The acting user approves a benefit of which the law asks that somebody does. CONFLICT where none is needed.',
  })
  approveMembershipBenefit(
    @Arg('input', () => ApproveMembershipBenefitInput, { description: 'Which benefit, and why.' })
    input: ApproveMembershipBenefitInput,
    @Ctx() context: Context,
  ): Promise<MembershipBenefit> {
    return approveBenefit(input, context);
  }
}

@Resolver()
export class GrantedBenefitResolver {
  @Authorized(benefitRead)
  @Query(() => GrantedBenefitList.Connection, {
    description: 'What patients were given, the latest first. Patients see their own.',
  })
  membershipGrantedBenefits(
    @Args(() => GrantedBenefitList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<MembershipGrantedBenefit>> {
    return read.page(GrantedBenefitList, info, page);
  }

  @Authorized(benefitUse)
  @Idempotent()
  @Mutation(() => MembershipGrantedBenefit, {
    description: 'Counts one use. CONFLICT for one that is used up, over or was taken back.',
  })
  useMembershipBenefit(
    @Arg('input', () => UseMembershipBenefitInput, { description: 'Which one.' }) { id }: UseMembershipBenefitInput,
    @Ctx() context: Context,
  ): Promise<MembershipGrantedBenefit> {
    return useAtDesk(id, context);
  }

  @Authorized(benefitReport)
  @Query(() => [MembershipBenefitUsage], {
    description: 'By tier and benefit, the lowest tier first: given, used and lost; at most 500.',
  })
  membershipBenefitReport(
    @Arg('from', () => LocalDate, { description: 'The first day, by the clinic’s calendar.' }) from: string,
    @Arg('to', () => LocalDate, { description: 'The last day, at most three years later.' }) to: string,
    @Ctx() context: Context,
  ): Promise<MembershipBenefitUsage[]> {
    return usageOf(from, to, context);
  }
}

@Resolver(() => Patient)
export class PatientBenefits {
  @Authorized(benefitRead)
  @Related(() => OwnBenefitList, {
    inverse: 'patient',
    nullable: true,
    description: 'What the patient was given, how much of it is left and until when, the latest first.',
  })
  benefits: Page<MembershipGrantedBenefit> | null;
}
