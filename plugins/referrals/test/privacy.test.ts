import { openClinic, type Clinic } from './clinic.ts';

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

const hold = (days: number) =>
  clinic.app
    .as('owner')
    .data(`mutation { updateSettings(input: { referrals: { holdDays: ${days} } }) { __typename } }`);

beforeAll(async () => {
  clinic = await openClinic();
  friendId = await clinic.bring(friend);
  clinic.app.clock.set('2026-06-17T11:23:45+08:00');
  await hold(14);
  visitId = await clinic.see(friendId);
  clinic.app.clock.set('2026-07-01T12:00:00+08:00');
  await clinic.app.settle();
  await hold(0);
});

interface TypeRef {
  kind: string;
  name: string | null;
  ofType: TypeRef | null;
}
interface Field {
  name: string;
  type: TypeRef;
  args: { name: string; type: TypeRef; defaultValue: string | null }[];
}
interface Type {
  kind: string;
  name: string;
  fields: Field[] | null;
}

const named = (type: TypeRef): string => (type.ofType ? named(type.ofType) : type.name!);
const isLeaf = (type: Type | undefined): boolean => type?.kind === 'SCALAR' || type?.kind === 'ENUM';

/** Everything that can be selected of a type, four levels deep, without arguments that must be given. */
function selectionOf(name: string, types: ReadonlyMap<string, Type>, depth: number): string {
  const fields = types.get(name)?.fields ?? [];
  const parts = fields.flatMap(field => {
    if (field.args.some(({ type, defaultValue }) => type.kind === 'NON_NULL' && defaultValue === null)) return [];
    const type = types.get(named(field.type));
    if (isLeaf(type)) return [field.name];
    const inner = depth > 0 ? selectionOf(named(field.type), types, depth - 1) : '';
    return inner ? [`${field.name} ${inner}`] : [];
  });
  return parts.length > 0 ? `{ ${parts.join(' ')} }` : '';
}

const introspection = `{ __schema { queryType { name } subscriptionType { name } types { kind name fields { name
  type { ...t } args { name defaultValue type { ...t } } } } } }
  fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

async function typesOf(): Promise<ReadonlyMap<string, Type>> {
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
  let answered = 0;
  for (const field of types.get('Query')!.fields!) {
    const needed = field.args.filter(({ type, defaultValue }) => type.kind === 'NON_NULL' && defaultValue === null);
    // What needs an id is asked with those that the advocate could try: the own one, the friend's and the visit's.
    const tries =
      needed.length === 0
        ? ['']
        : [clinic.advocateId, friendId, visitId, '2026-06-01'].map(
            value => `(${needed.map(({ name }) => `${name}: "${value}"`).join(', ')})`,
          );
    for (const args of tries) {
      const selection = selectionOf(named(field.type), types, 3);
      const { data, errors } = await advocate().query(`{ ${field.name}${args} ${selection} }`);
      const text = JSON.stringify({ data, errors }).replaceAll(new RegExp(`\\(id[^)]*\\)`, 'g'), '');
      if (data) answered++;
      expect([field.name, args, tracesIn(text)]).toEqual([field.name, args, []]);
    }
  }
  expect(answered).toBeGreaterThan(10);
});

test('staff see it in the same answers: the search finds what is there', async () => {
  const types = await typesOf();
  const { data } = await clinic.app.as('owner').query(`{ referrals ${selectionOf('ReferralConnection', types, 3)} }`);
  expect(tracesIn(JSON.stringify(data))).toEqual(expect.arrayContaining([friend.name, friendId, visitId]));
});

test('an advocate follows no referral, and of the points no more than that there are some', async () => {
  await expect(advocate().subscribe('subscription { referralChanged { referral { id } } }')).rejects.toThrow();
  const live = await advocate().subscribe(
    'subscription { pointsChanged { kind patientId balance { available pending } } }',
  );
  const other = await clinic.bring({ ...friend, name: '另一位', email: 'other.friend@mail.test', phone: '' });
  await clinic.see(other);
  const { pointsChanged } = await live.next();
  expect(pointsChanged).toMatchObject({ patientId: clinic.advocateId });
  const text = JSON.stringify(pointsChanged);
  for (const trace of [other, '另一位']) expect(text).not.toContain(trace);
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
