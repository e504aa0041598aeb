import { Authorized, Ctx, Field, FieldResolver, ID, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import { DateTime, defineLoader, Needs, type Context, type Row } from 'clinic-rapport';
import { packsOf } from './compliance/packs.ts';
import { Channel, consentRead, Purpose } from './consent.ts';
import { CoreSettings } from './core-settings.ts';
import { needsConsent } from './message-class.ts';
import { Patient } from './patient.ts';

export const ConsentStanding = {
  GIVEN: 'GIVEN',
  UNCONFIRMED: 'UNCONFIRMED',
  ASSUMED: 'ASSUMED',
  NOT_ASKED: 'NOT_ASKED',
  WITHDRAWN: 'WITHDRAWN',
} as const;
export type ConsentStanding = keyof typeof ConsentStanding;

registerEnumType(ConsentStanding, {
  name: 'ConsentStanding',
  description: 'How things stand with a purpose.',
  valuesConfig: {
    GIVEN: { description: 'The patient agreed.' },
    UNCONFIRMED: {
      description: 'The patient agreed to e-mail, and has not proved yet to own an address: nothing is sent.',
    },
    ASSUMED: { description: 'Nobody asked, and nobody needs to, until the patient says no.' },
    NOT_ASKED: { description: 'It needs a consent, and the patient was not asked.' },
    WITHDRAWN: { description: 'The patient refused, or agrees no more.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'How things stand with one purpose by one way, at this moment.' })
export class ConsentState {
  @Field(() => Purpose, { description: 'For what.' })
  purpose: Purpose;

  @Field(() => Channel, { description: 'By which way.' })
  channel: Channel;

  @Field(() => ConsentStanding, { description: 'How it stands.' })
  standing: ConsentStanding;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when the patient has chosen so; null where nobody asked.',
  })
  since: Date | null;

  @Field(() => ID, { nullable: true, description: 'Id of the consent that counts; null where nobody asked.' })
  consentId: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the notice that was shown is the one in force still; null where none was.',
  })
  noticeIsInForce: boolean | null;
}

@Resolver(() => Patient)
export class PatientConsentState {
  @Authorized(consentRead)
  @Needs('id', 'residence')
  @FieldResolver(() => [ConsentState], {
    nullable: true,
    description: 'For each purpose how it stands by e-mail, and by each other way that the patient was asked for.',
  })
  consentState(@Root() patient: Row<Patient>, @Ctx() context: Context): Promise<ConsentState[]> {
    return consentStateOf(patient, context);
  }
}

/** How things stand with each purpose by e-mail, and with what the patient was asked for by other ways. */
export async function consentStateOf(
  { id, residence }: Pick<Patient, 'id' | 'residence'>,
  context: Context,
): Promise<ConsentState[]> {
  const choices = await context.load(presentChoices, id);
  const packs = packsOf((await context.settings(CoreSettings)).compliancePack, residence);
  const others = choices.filter(({ channel }) => channel !== 'EMAIL').map(choice => stateOf(choice, choice));
  const byEmail = Object.values(Purpose).map(purpose => {
    const choice = choices.find(one => one.purpose === purpose && one.channel === 'EMAIL');
    const unasked = needsConsent(purpose, packs) ? 'NOT_ASKED' : 'ASSUMED';
    return stateOf({ purpose, channel: 'EMAIL' }, choice, unasked);
  });
  return [...byEmail, ...others];
}

interface PresentChoice {
  readonly patient_id: string;
  readonly id: string;
  readonly purpose: Purpose;
  readonly channel: Channel;
  readonly decision: 'GIVEN' | 'WITHDRAWN';
  readonly recorded_at: Date | string;
  readonly notice_is_in_force: boolean | null;
  readonly has_address: boolean;
}

function stateOf(
  { purpose, channel }: Pick<PresentChoice, 'purpose' | 'channel'>,
  choice: PresentChoice | undefined,
  unasked: ConsentStanding = 'NOT_ASKED',
): ConsentState {
  if (!choice) return { purpose, channel, standing: unasked, since: null, consentId: null, noticeIsInForce: null };
  const { id, decision, recorded_at, notice_is_in_force, has_address } = choice;
  const standing = decision === 'GIVEN' && channel === 'EMAIL' && !has_address ? 'UNCONFIRMED' : decision;
  return {
    ...{ purpose, channel, standing, consentId: id, noticeIsInForce: notice_is_in_force },
    since: new Date(recorded_at),
  };
}

const presentChoices = defineLoader<string, PresentChoice[]>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<PresentChoice[]>(
    `select c.patient_id, c.id, c.purpose, c.channel, c.decision, c.recorded_at,
       n.number = (select max(number) from notice_version l where l.clinic_id = n.clinic_id and l.name = n.name)
         as notice_is_in_force,
       exists (select from contact_point e where e.clinic_id = c.clinic_id and e.patient_id = c.patient_id
         and e.system = 'EMAIL' and e.verified_at is not null) as has_address
     from (select distinct on (patient_id, purpose, channel) * from consent
       where clinic_id = ? and patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
       order by patient_id, purpose, channel, position desc) c
     left join notice_version n on n.clinic_id = c.clinic_id and n.id = c.notice_version_id
     order by c.purpose, c.channel`,
    [clinicId, JSON.stringify(ids)],
  );
  const byPatient = Map.groupBy(rows, ({ patient_id }) => patient_id);
  return ids.map(id => byPatient.get(id) ?? []);
});
