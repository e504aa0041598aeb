import type { Subscription } from 'clinic-rapport/testing';
import { hold, liftWhoBrings, openClinic, type Clinic } from './clinic.ts';

let clinic: Clinic;
let friendId: string;
let visitId: string;
const friend = { name: '金絲雀芳芳', email: 'kanarie.fang@mail.test', phone: '0955731907' };

const given = `mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }`;
const choose = async (operation: 'giveConsent' | 'withdrawConsent'): Promise<void> => {
  const { noticeVersions } = await clinic.app.as('owner').data('{ noticeVersions(first: 1) { nodes { id } } }');
  await clinic.app.as('frontDesk').data(given.replace('giveConsent', operation), {
    input: {
      ...{ patientId: friendId, purpose: 'REFERRAL_DISCLOSURE', channel: 'EMAIL', source: 'DESK' },
      noticeVersionId: noticeVersions.nodes[0].id,
    },
  });
  await clinic.app.settle();
};

beforeAll(async () => {
  clinic = await openClinic();
  await liftWhoBrings(clinic);
  await hold(clinic, 14);
  friendId = await clinic.bring(friend);
  clinic.app.clock.set('2026-06-17T11:23:45+08:00');
  visitId = await clinic.see(friendId);
  clinic.app.clock.set('2026-07-01T12:00:00+08:00');
  await clinic.app.settle();
});

interface TypeRef {
  kind: string;
  name: string | null;
  ofType: TypeRef | null;
}
interface Argument {
  name: string;
  type: TypeRef;
  defaultValue: string | null;
}
interface Field {
  name: string;
  type: TypeRef;
  args: Argument[];
}
interface Type {
  kind: string;
  name: string;
  fields: Field[] | null;
  inputFields: Argument[] | null;
  enumValues: { name: string }[] | null;
  possibleTypes: { name: string }[] | null;
}
type Types = ReadonlyMap<string, Type>;

const named = (type: TypeRef): string => (type.ofType ? named(type.ofType) : type.name!);
const isLeaf = (type: Type | undefined): boolean => type?.kind === 'SCALAR' || type?.kind === 'ENUM';

const isNeeded = ({ type, defaultValue }: Argument): boolean => type.kind === 'NON_NULL' && defaultValue === null;

/** A value of the type, as it is written in a document; an id is this one. */
function valueOf(type: TypeRef, id: string, types: Types): string {
  if (type.kind === 'NON_NULL') return valueOf(type.ofType!, id, types);
  if (type.kind === 'LIST') return `[${valueOf(type.ofType!, id, types)}]`;
  const { name, enumValues, inputFields } = types.get(type.name!)!;
  if (enumValues) return enumValues[0]!.name;
  if (inputFields) return `{ ${argumentsOf(inputFields, id, types)} }`;
  const plain: Record<string, string> = {
    ...{ ID: `"${id}"`, String: `"${id}"`, Int: '10', Float: '1', Boolean: 'true' },
    ...{ LocalDate: '"2026-06-20"', LocalTime: '"10:00:00"', DateTime: '"2026-06-20T10:00:00+08:00"' },
  };
  if (!plain[name]) throw new Error(`No value of ${name} is known here.`);
  return plain[name];
}

const argumentsOf = (args: readonly Argument[], id: string, types: Types): string =>
  args
    .filter(isNeeded)
    .map(({ name, type }) => `${name}: ${valueOf(type, id, types)}`)
    .join(', ');

const withArguments = ({ name, args }: Field, id: string, types: Types): string => {
  const given = argumentsOf(args, id, types);
  return given ? `${name}(${given})` : name;
};

/** Everything that can be selected of a type, so many levels deep. */
function selectionOf(name: string, types: Types, depth: number, id: string): string {
  const { fields, possibleTypes, kind } = types.get(name)!;
  if (kind === 'UNION')
    return `{ ${possibleTypes!.map(of => `... on ${of.name} ${selectionOf(of.name, types, depth, id)}`).join(' ')} }`;
  const parts = (fields ?? []).flatMap(field => {
    const type = types.get(named(field.type));
    const asked = withArguments(field, id, types);
    if (isLeaf(type)) return [asked];
    const inner = depth > 0 ? selectionOf(named(field.type), types, depth - 1, id) : '';
    return inner ? [`${asked} ${inner}`] : [];
  });
  return parts.length > 0 ? `{ ${parts.join(' ')} }` : '';
}

const introspection = `{ __schema { queryType { name } subscriptionType { name } types { kind name
  enumValues { name } possibleTypes { name } inputFields { name defaultValue type { ...t } }
  fields { name type { ...t } args { name defaultValue type { ...t } } } } } }
  fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

async function typesOf(): Promise<Types> {
  const { __schema } = await clinic.app.as('owner').data(introspection);
  return new Map((__schema.types as Type[]).map(type => [type.name, type]));
}

const advocate = () => clinic.app.as('patient', { patientIds: [clinic.advocateId] });

/** By which the friend, the visit or the moment could be known. */
const traces = (): string[] => [
  friend.name,
  friend.email,
  '955731907',
  friendId,
  visitId,
  '1990-02-03',
  // The day of the visit, as the API writes instants; the hour of it is nowhere else either.
  '2026-06-17',
  ':23:45',
];

const tracesIn = (text: string): string[] => traces().filter(trace => text.includes(trace));

test('whatever the advocate asks, nothing tells who came, when or for what', async () => {
  const types = await typesOf();
  const outcomes = new Map<string, string>();
  const fields = types.get('Query')!.fields!;
  for (const field of fields) {
    // What needs an id is asked with those that the advocate could try: the own one, the friend's and the visit's.
    for (const id of [clinic.advocateId, friendId, visitId]) {
      const asked = withArguments(field, id, types);
      for (const depth of [3, 2, 1]) {
        const document = `{ ${asked} ${isLeaf(types.get(named(field.type))) ? '' : selectionOf(named(field.type), types, depth, id)} }`;
        const { data, errors } = await advocate().query(document);
        const codes = errors?.map(({ extensions }) => extensions?.['code']) ?? [];
        // A document that is too large is asked less deep.
        if (codes.some(code => code === 'QUERY_TOO_COMPLEX' || code === 'GRAPHQL_PARSE_FAILED')) continue;
        expect(codes).not.toContain('GRAPHQL_VALIDATION_FAILED');
        if (data?.[field.name] != null) outcomes.set(field.name, 'ANSWERED');
        else if (outcomes.get(field.name) !== 'ANSWERED') outcomes.set(field.name, String(codes[0]));
        expect([asked, tracesIn(JSON.stringify({ data, errors }))]).toEqual([asked, []]);
        break;
      }
    }
  }
  const those = (outcome: string) => fields.map(({ name }) => name).filter(name => outcomes.get(name) === outcome);
  expect(those('ANSWERED')).toEqual(expect.arrayContaining(['patient', 'patients', 'visits', 'members']));
  // All others are for staff, or there is none with an id that the advocate could try.
  const others = fields
    .map(({ name }) => name)
    .filter(name => !['ANSWERED', 'FORBIDDEN'].includes(outcomes.get(name)!));
  const findsNothing = ['appointment', 'me', 'notice', 'questionnaire', 'questionnaireResponse', 'report', 'visit'];
  expect(others.toSorted()).toEqual([...findsNothing, 'freeSlots'].toSorted());
});

test('staff see it in the same answers: the search finds what is there', async () => {
  const types = await typesOf();
  const { data } = await clinic.app
    .as('owner')
    .query(`{ referrals ${selectionOf('ReferralConnection', types, 3, friendId)} }`);
  expect(tracesIn(JSON.stringify(data))).toEqual(expect.arrayContaining([friend.name, friendId, visitId]));
});

test('whatever the advocate follows, nothing tells who came, when or for what', async () => {
  const types = await typesOf();
  const heard: unknown[] = [];
  const following: Subscription[] = [];
  const refused: string[] = [];
  for (const field of types.get('Subscription')!.fields!) {
    const document = `subscription { ${withArguments(field, clinic.advocateId, types)} ${selectionOf(named(field.type), types, 2, clinic.advocateId)} }`;
    const live = await advocate()
      .subscribe(document)
      .catch(() => void refused.push(field.name));
    if (!live) continue;
    following.push(live);
    void (async () => {
      for (;;) heard.push([field.name, await live.next()]);
    })().catch(() => {});
  }
  expect(refused).toEqual(expect.arrayContaining(['referralChanged']));
  clinic.app.clock.set('2026-07-07T11:23:45+08:00');
  const other = await clinic.bring({ ...friend, name: '另一位', email: 'other.friend@mail.test', phone: '' });
  const visit = await clinic.see(other);
  const live = await advocate().subscribe('subscription { pointsChanged { balance { available } } }');
  clinic.app.clock.set('2026-07-21T09:00:00+08:00');
  await clinic.app.settle();
  expect((await live.next()).pointsChanged.balance).toEqual({ available: 200 });
  await Promise.all([live, ...following].map(one => one.close()));
  const text = JSON.stringify(heard);
  expect(text).toContain('pointsChanged');
  for (const trace of [other, visit, '另一位', 'other.friend', '2026-07-07', ':23:45'])
    expect(text).not.toContain(trace);
});

const progress = async () =>
  (
    await advocate().data(
      'query ($id: ID!) { patient(id: $id) { referralSummary { progress { state month friendName } } } }',
      {
        id: clinic.advocateId,
      },
    )
  ).patient.referralSummary.progress as { state: string; month: string; friendName: string | null }[];

test('the advocate sees the state and the month; the name as long as the friend agrees, and not a moment longer', async () => {
  expect(await progress()).toContainEqual({ state: 'REWARDED', month: '2026-06', friendName: null });
  await choose('giveConsent');
  expect((await progress()).map(({ friendName }) => friendName)).toContain(friend.name);
  await choose('withdrawConsent');
  expect((await progress()).map(({ friendName }) => friendName)).toEqual([null, null]);
});

test('mails to the advocate name nobody', async () => {
  const mails = clinic.app.mails.filter(({ to }) => to === 'advocate@mail.test');
  expect(tracesIn(mails.map(({ subject, html, text }) => subject + html + text).join())).toEqual([]);
});

test('the page behind a code does not say whose it is', async () => {
  for (const url of [clinic.url, clinic.url + '/card']) {
    const text = await (await clinic.app.fetch(url)).text();
    expect(text).not.toContain('介紹人');
    expect(text).not.toContain(clinic.advocateId);
  }
});
