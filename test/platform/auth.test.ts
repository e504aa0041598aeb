import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { base64url } from 'jose';
import { createAuthenticator, type Authenticator } from '../../api/auth/authenticator.ts';
import { Standings } from '../../api/auth/standings.ts';
import { createIssuer, type Issuer } from '../../api/auth/issuer.ts';
import type { Database } from '../../api/database/database.ts';
import { guardSetOf } from '../../api/graphql/guard-set.ts';
import { definePermission, definePlugin } from '../../api/define.ts';
import type { Role } from '../../api/plugin.ts';

const [here, there] = ['018f0000-0000-7000-8000-00000000000a', '018f0000-0000-7000-8000-00000000000b'];
const [ward, other] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'];

const everyone = definePermission('thing.read', 'Read things', ['owner', 'frontDesk', 'marketer', 'patient']);
const desk = definePermission('thing.write', 'Write things', ['owner', 'frontDesk']);
const extra = definePermission('extra.read', 'Read more', ['owner', 'frontDesk']);
const plugins = [
  definePlugin({ name: 'core', version: '1.0.0', permissions: [everyone, desk] }),
  definePlugin({ name: 'extra', version: '1.0.0', permissions: [extra] }),
];

interface Entry {
  subject: string;
  clinic: string;
  role: Role;
  patient?: string;
}

const entries: Entry[] = [
  { subject: 'ann', clinic: here!, role: 'frontDesk' },
  { subject: 'bob', clinic: here!, role: 'frontDesk' },
  { subject: 'far', clinic: there!, role: 'frontDesk' },
  { subject: 'both', clinic: here!, role: 'marketer' },
  { subject: 'both', clinic: there!, role: 'owner' },
  { subject: 'mother', clinic: here!, role: 'patient', patient: ward },
  { subject: 'mother', clinic: here!, role: 'patient', patient: other },
  { subject: 'nurse', clinic: here!, role: 'marketer' },
  { subject: 'nurse', clinic: here!, role: 'patient', patient: ward },
];

/** The look-up of the tables, with the statements counted. */
function databaseOf(asked: string[][], broken = { now: false }): Database {
  const query = async ({ values: [subjects] }: { values: [string[]] }): Promise<{ rows: object[] }> => {
    asked.push(subjects);
    if (broken.now) throw Object.assign(new Error('gone'), { code: '57P01' });
    const rows = entries
      .filter(({ subject }) => subjects.includes(subject))
      .map(({ subject, clinic, role, patient }) => ({
        subject,
        user_id: `id of ${subject}`,
        clinic_id: clinic,
        role,
        patient_id: patient ?? null,
      }));
    return { rows };
  };
  return { dispatch: { query } } as unknown as Database;
}

let issuer: Issuer;
let asked: string[][];
let authenticator: Authenticator;
const broken = { now: false };
const all = new Set(['core', 'extra']);
const coreAlone = new Set(['core']);

beforeAll(async () => (issuer = await createIssuer()));
beforeEach(() => {
  broken.now = false;
  asked = [];
  const enablement = { in: async (clinicId: string) => (clinicId === here ? all : coreAlone) };
  authenticator = createAuthenticator({
    database: databaseOf(asked, broken),
    enablement,
    plugins,
    verify: issuer.verify,
  });
});

const enter = async (subject: string, clinicId?: string) =>
  authenticator.authenticate({ authorization: `Bearer ${await issuer.issue({ subject })}`, clinicId });

describe('what a user is', () => {
  test('in the only clinic, or in the one that is named', async () => {
    expect(await enter('ann')).toMatchObject({
      clinicId: here,
      actor: { kind: 'user', id: 'id of ann', roles: ['frontDesk'], patientIds: '*' },
    });
    expect((await enter('both', there)).actor.roles).toEqual(['owner']);
    expect((await enter('both', here)).actor.roles).toEqual(['marketer']);
  });

  test('has the permissions of the role, of plugins that the clinic has enabled', async () => {
    expect([...(await enter('ann')).actor.permissions]).toEqual(['extra.read', 'thing.read', 'thing.write']);
    expect([...(await enter('far')).actor.permissions]).toEqual(['thing.read', 'thing.write']);
    expect([...(await enter('both', here)).actor.permissions]).toEqual(['thing.read']);
  });

  test('a patient sees the patients of the role, and no others', async () => {
    expect((await enter('mother')).actor).toMatchObject({ roles: ['patient'], patientIds: [ward, other] });
  });

  test('who works here and is a patient too has the rights of staff alone: a patient’s, over all patients, would be more than either', async () => {
    expect((await enter('nurse')).actor).toMatchObject({ roles: ['marketer'], patientIds: '*' });
  });

  test.each<[string, string, string | undefined, string]>([
    ['nobody', 'who is not known', undefined, 'UNAUTHENTICATED'],
    ['both', 'of several clinics who names none', undefined, 'BAD_USER_INPUT'],
    ['ann', 'of another clinic', there, 'FORBIDDEN'],
    ['ann', 'who names what is no clinic', 'here', 'BAD_USER_INPUT'],
  ])('%s, %s, is refused', async (subject, _, clinicId, code) => {
    await expect(enter(subject, clinicId)).rejects.toMatchObject({ code });
  });
});

describe('a token', () => {
  test('is looked at once, and its user every five seconds, however often it comes', async () => {
    let checks = 0;
    const counted: Issuer = { issue: issuer.issue, verify: token => (checks++, issuer.verify(token)) };
    const enablement = { in: async () => all };
    const patient = createAuthenticator({ database: databaseOf(asked), enablement, plugins, verify: counted.verify });
    const authorization = `Bearer ${await issuer.issue({ subject: 'ann' })}`;
    const answers = [];
    for (let turn = 0; turn < 100; turn++) answers.push(await patient.authenticate({ authorization }));
    expect(new Set(answers).size).toBe(1);
    expect({ checks, asked }).toEqual({ checks: 1, asked: [['ann']] });
  });

  test('that is looked at again together with others costs one statement with them', async () => {
    const short = createAuthenticator({
      database: databaseOf(asked),
      enablement: { in: async () => all },
      plugins,
      verify: issuer.verify,
      standings: new Standings({ keepFor: 1 }),
    });
    const known = ['ann', 'bob', 'far', 'mother'];
    const tokens = await Promise.all(known.map(subject => issuer.issue({ subject })));
    const enterAll = (): Promise<unknown> =>
      Promise.all(tokens.map(token => short.authenticate({ authorization: `Bearer ${token}` })));
    await enterAll();
    const start = performance.now();
    while (performance.now() - start < 5);
    asked.length = 0;
    await enterAll();
    expect(asked).toEqual([known]);
  });

  test('gives equal rights one number, by which plans are kept, and other rights another', async () => {
    const [ann, bob, far, both] = await Promise.all([enter('ann'), enter('bob'), enter('far'), enter('both', here)]);
    expect(ann!.actor.permissions).toBe(bob!.actor.permissions);
    const numbers = [ann, bob, far, both].map(({ actor, clinicId }: any) =>
      guardSetOf(actor, clinicId === here ? all : coreAlone),
    );
    expect(numbers[0]).toBe(numbers[1]);
    expect(new Set(numbers).size).toBe(3);
  });

  test('is asked for again after the database could not answer, or the user was refused', async () => {
    broken.now = true;
    const authorization = `Bearer ${await issuer.issue({ subject: 'ann' })}`;
    await expect(authenticator.authenticate({ authorization })).rejects.toMatchObject({ code: '57P01' });
    broken.now = false;
    expect((await authenticator.authenticate({ authorization })).clinicId).toBe(here);
  });

  test('counts for nothing once it has expired, known or not', async () => {
    const authorization = `Bearer ${await issuer.issue({ subject: 'ann', expiresIn: 1 })}`;
    const { expiresAt } = await authenticator.authenticate({ authorization });
    const realNow = Date.now;
    Date.now = () => expiresAt! + 1;
    try {
      await expect(authenticator.authenticate({ authorization })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    } finally {
      Date.now = realNow;
    }
    expect(asked).toHaveLength(1);
  });

  test('of another key, altered, without signature or of another kind is refused', async () => {
    const genuine = await issuer.issue({ subject: 'ann' });
    const [head, body, signature] = genuine.split('.') as [string, string, string];
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(body))) as object;
    const encode = (value: object): string => base64url.encode(JSON.stringify(value));
    const forged = [
      await (await createIssuer()).issue({ subject: 'ann' }),
      `${head}.${encode({ ...claims, sub: 'both' })}.${signature}`,
      `${encode({ alg: 'none' })}.${body}.`,
      `${encode({ alg: 'HS256' })}.${body}.${signature}`,
      `${head}.${body}`,
      '',
    ];
    for (const token of forged) await expect(issuer.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await issuer.verify(genuine)).toMatchObject({ subject: 'ann' });
    expect(asked).toEqual([]);
  });

  test('is not needed by the anonymous, who may do nothing', async () => {
    const { actor, clinicId } = await authenticator.authenticate({});
    expect({ clinicId, kind: actor.kind, permissions: [...actor.permissions], patientIds: actor.patientIds }).toEqual({
      clinicId: '',
      kind: 'anonymous',
      permissions: [],
      patientIds: [],
    });
  });
});

describe('the key of the issuer', () => {
  const file = (): string => path.join(mkdtempSync(path.join(os.tmpdir(), 'issuer-')), 'issuer.json');

  test('is kept for its owner alone, and is the same after a restart', async () => {
    const place = file();
    const token = await (await createIssuer(place)).issue({ subject: 'ann' });
    expect(statSync(place).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(place))).toEqual(['issuer.json']);
    expect(await (await createIssuer(place)).verify(token)).toMatchObject({ subject: 'ann' });
  });

  test('is one, though several processes make it at once', async () => {
    const place = file();
    const issuers = await Promise.all([createIssuer(place), createIssuer(place), createIssuer(place)]);
    for (const { issue } of issuers) {
      const token = await issue({ subject: 'ann' });
      for (const { verify } of issuers) expect(await verify(token)).toMatchObject({ subject: 'ann' });
    }
  });
});
