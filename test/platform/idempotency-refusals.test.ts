import { readFile } from 'node:fs/promises';
import { buildSchema as readSchema, isInputObjectType, isNonNullType } from 'graphql';
import {
  Arg,
  Authorized,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { core, Patient } from 'clinic-rapport/schema';
import { definePermission, definePlugin, Idempotent, Public } from 'clinic-rapport';
import { buildSchema } from '../../api/graphql/build-schema.ts';

const write = definePermission('wrong.write', 'Write');

@InputType({ description: 'An input.' })
class WrongInput {
  @Field(() => String, { description: 'A text.' })
  text: string;
}

@InputType({ description: 'An input with a key.' })
class OwnKeyInput {
  @Field(() => String, { description: 'A key.' })
  idempotencyKey: string;
}

@ObjectType({ description: 'Something with something hidden.' })
class Hiding {
  @Field(() => String, { description: 'Hidden.' })
  token: string;

  @Field(() => [Patient], { description: 'Patients.' })
  patients: Patient[];
}

@ObjectType({ description: 'Something that contains itself.' })
class Endless {
  @Field(() => Endless, { nullable: true, description: 'Itself.' })
  next: Endless | null;
}

@ObjectType({ description: 'Something that is worked out.' })
class Computed {
  @Field(() => String, { description: 'A text.' })
  text: string;
}

const described = { description: 'Wrong.' };
const takes = (): ReturnType<typeof Arg> => Arg('input', () => WrongInput, { description: 'What.' });

/** Each class declares one mutation, or two, that cannot have a key. */
const wrongs = {
  withoutInput: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => String, described)
      withoutInput(@Arg('id', () => ID, { description: 'Id.' }) id: string): string {
        return id;
      }
    }
    return Wrong;
  },
  withoutAnArgument: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => String, described)
      withoutAnArgument(): string {
        return '';
      }
    }
    return Wrong;
  },
  open: () => {
    @Resolver()
    class Wrong {
      @Public()
      @Idempotent()
      @Mutation(() => String, described)
      open(@takes() { text }: WrongInput): string {
        return text;
      }
    }
    return Wrong;
  },
  asked: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Query(() => String, described)
      asked(@takes() { text }: WrongInput): string {
        return text;
      }
    }
    return Wrong;
  },
  second: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => String, described)
      first(@takes() { text }: WrongInput): string {
        return text;
      }

      @Authorized(write)
      @Mutation(() => String, described)
      second(@takes() { text }: WrongInput): string {
        return text;
      }
    }
    return Wrong;
  },
  ownKey: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => String, described)
      ownKey(@Arg('input', () => OwnKeyInput, { description: 'What.' }) input: OwnKeyInput): string {
        return input.idempotencyKey;
      }
    }
    return Wrong;
  },
  many: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => [Patient], described)
      many(@takes() _: WrongInput): Patient[] {
        return [];
      }
    }
    return Wrong;
  },
  endless: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => Endless, described)
      endless(@takes() _: WrongInput): Endless {
        return { next: null };
      }
    }
    return Wrong;
  },
  loud: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent({ secret: ['token'] })
      @Mutation(() => Hiding, described)
      loud(@takes() _: WrongInput): Hiding {
        return { token: '', patients: [] };
      }
    }
    return Wrong;
  },
  mistyped: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent({ secret: ['tokem'] })
      @Mutation(() => Hiding, described)
      mistyped(@takes() _: WrongInput): Hiding {
        return { token: '', patients: [] };
      }
    }
    return Wrong;
  },
  deep: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent()
      @Mutation(() => Hiding, described)
      deep(@takes() _: WrongInput): Hiding {
        return { token: '', patients: [] };
      }
    }
    return Wrong;
  },
  useless: () => {
    @Resolver()
    class Wrong {
      @Authorized(write)
      @Idempotent({ secret: ['name'] })
      @Mutation(() => Patient, described)
      useless(@takes() _: WrongInput): Patient {
        return {} as Patient;
      }
    }
    return Wrong;
  },
  computed: () => {
    @Resolver(() => Computed)
    class Wrong {
      @FieldResolver(() => String, described)
      length(): string {
        return '';
      }

      @Authorized(write)
      @Idempotent()
      @Mutation(() => Computed, described)
      computed(@takes() { text }: WrongInput): Computed {
        return { text };
      }
    }
    return Wrong;
  },
};

test.each([
  ['withoutInput', 'has no argument `input` of an input type, of which the key is a field: give it one.'],
  ['withoutAnArgument', 'has no argument `input` of an input type, of which the key is a field: give it one.'],
  ['open', 'is @Idempotent() and @Public(): who has no credential has no keys of their own.'],
  ['asked', 'is @Idempotent(), and no mutation: take it away.'],
  ['second', "shares WrongInput with 'first', which is @Idempotent(): make both so, or give it an input of its own."],
  ['ownKey', 'adds `idempotencyKey` to OwnKeyInput: take yours away.'],
  ['many', 'answers Patient in a list or deep within: answer its id, or have it directly in the payload.'],
  ['endless', 'answers Endless, which contains itself: answer ids.'],
  ['loud', 'keeps Hiding.token secret, which is not nullable: make it so, as it is null the next time.'],
  ['mistyped', "keeps 'tokem' secret, which is no field of Hiding: correct the name."],
  ['deep', 'answers Patient in a list or deep within: answer its id, or have it directly in the payload.'],
  ['useless', 'keeps something secret of Patient, of which only the id is kept: leave `secret` out.'],
  ['computed', "answers Computed, whose field 'length' is computed: make it a plain field."],
] as const)('a mutation that cannot be done once is refused at load: %s', (name, reason) => {
  const wrong = definePlugin({ name: 'wrong', version: '1.0.0', permissions: [write], resolvers: [wrongs[name]()] });
  let refusal = '';
  try {
    buildSchema([core, wrong]);
  } catch (error) {
    refusal = (error as Error).message;
  }
  expect(refusal).toContain(reason);
  expect(refusal).toMatch(new RegExp(`^(Mutation|Query)\\.${name} of 'wrong' .*\\.$`));
});

/** Mutations that need no key, and why. Every other one has it: a new one has it, or a reason here. */
const keyless: Readonly<Record<string, string>> = {
  approveReferral: 'what is not held any more is CONFLICT',
  refuseReferral: 'what is not held any more is CONFLICT',
  approveReferralOffer: 'twice the same approval is one',
  createReferralCode: 'a patient has one good code, however often it is asked for',
  renewReferralCode: 'a second code ends the first: the patient has one that is good',
  handOverReferralReward: 'what was handed over is CONFLICT',
  updatePatient: 'twice the same change is one change, and `expectedVersion` refuses an old one',
  verifyContactPoint: 'a code that was right once is right again',
  endBreakGlass: 'what is over is over',
  updateReport: 'twice the same change is one change, and `expectedVersion` refuses an old one',
  publishReport: 'what was given out is no draft any more: CONFLICT',
  shareReport: 'a second link ends the first: the patient has one that works',
  withdrawReport: 'what was taken back cannot be taken back again: CONFLICT',
  notifyRecordUpdated: 'a second mail of one day is not recorded',
  leaveWaitlist: 'who has left has left',
  confirmContactPoint: 'what was said to be right is right still',
  removeContactPoint: 'what is gone cannot be taken away again: NOT_FOUND',
  confirmAppointment: 'confirming again changes nothing',
  cancelAppointment: 'what is cancelled cannot be cancelled again: CONFLICT',
  checkInAppointment: 'who is here cannot arrive again: CONFLICT',
  updateRelatedPerson: 'twice the same change is one change, and `expectedVersion` refuses an old one',
  endRelatedPerson: 'what is over stays over since the same time',
  saveInterest: 'one code is one interest, however often it is saved',
  forgetInterest: 'what is forgotten is not forgotten twice',
  unmergePatients: 'what was undone is not undone again: CONFLICT',
  erasePatient: 'what is erased stays erased; once more erases what came since',
  holdPatient: 'who is held is not held twice',
  releasePatient: 'who is not held is not released',
  recordNoShow: 'what is recorded cannot be recorded again: CONFLICT',
  cancelVisit: 'what is cancelled cannot be cancelled again: CONFLICT',
  setPatientIdentifier:
    'twice the same number is one number; and a key would leave a digest by which it could be guessed',
  removePatientIdentifier: 'what is removed cannot be found again: NOT_FOUND',
  findPatientByIdentifier: 'only reads; each look is written down',
  revealPatientIdentifier: 'only reads; each look is written down, and the answer is kept nowhere',
  resolveCondition: 'what is over stays over since the same time',
  refuteAllergy: 'what is refuted stays refuted since the same time',
  approveMembershipReward: 'what is approved is approved',
  approveMembershipBenefit: 'what is approved is approved',
  assignMembershipTask: 'twice the same is the same',
  completeMembershipTask: 'what is done is done once: CONFLICT',
  cancelMembershipOpening: 'what is called off is gone: NOT_FOUND',
  cancelMembershipLecture: 'what is called off is called off: CONFLICT',
  cancelMembershipSeat: 'what is given back is given back: CONFLICT',
  recordMembershipAttendance: 'who came has come: counted once, since the same time',
  releaseMembershipTime: 'what is kept no more is kept no more: NOT_FOUND',
  updateMembershipBenefit: 'twice the same change is the same change',
  updateMembershipProgram: 'twice the same change is one change, and `expectedVersion` refuses an old one',
  endMembershipProgram: 'what is over is over: NOT_FOUND',
  updateMembershipReward: 'twice the same change is the same change',
  cancelMembershipRedemption: 'what is cancelled cannot be cancelled again: CONFLICT',
  useMembershipRedemption: 'a code that is used cannot be used again: CONFLICT',
  updateSettings: 'twice the same settings are the same settings',
  replayEvent: 'what waits already is not begun again: CONFLICT',
  retryJob: 'a job that waits is one job, however often it is asked for',
  retryDelivery: 'a mail that waits is not planned again: CONFLICT',
  discardDeadLetter: 'what is gone cannot be given up again: NOT_FOUND',
  setServiceQuestionnaire: 'twice the same questionnaire is the same questionnaire',
  changeTimeZone: 'twice the same zone is the same zone',
  setAllowedOrigins: 'twice the same list is the same list',
  changeUserRoles: 'twice the same roles are the same roles',
  removeUser: 'who is removed cannot be found again: NOT_FOUND',
  resendInvitation: 'sends again because it is asked to, five times a day',
  revokeInvitation: 'what is revoked cannot be revoked again: CONFLICT',
  revokeApiKey: 'what is revoked stays revoked since the same time',
  liftSuppression: 'what was lifted is not lifted again: CONFLICT',
  requestSignIn: 'a second mail does no harm, and five are all in an hour',
  signIn: 'a link that was used is refused: a stored answer would be a token that others could get',
};

test('every mutation that creates has a key, and the others have a reason', async () => {
  const schema = readSchema(await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));
  const mutations = Object.values(schema.getMutationType()!.getFields());
  const withKey = mutations.filter(({ args }) =>
    args.some(({ type }) => {
      const input = isNonNullType(type) ? type.ofType : type;
      return isInputObjectType(input) && 'idempotencyKey' in input.getFields();
    }),
  );
  const bare = mutations.filter(field => !withKey.includes(field)).map(({ name }) => name);
  expect(bare.sort()).toEqual(Object.keys(keyless).sort());
  expect(withKey.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['registerPatient', 'bookAppointment', 'startVisit', 'giveConsent', 'addContactPoint']),
  );
});
