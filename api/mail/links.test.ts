import fc from 'fast-check';
import { defineLink, definePlugin, follows } from '../define.ts';
import { createLinks, type Links, type LinksOptions } from './links.ts';

const confirm = defineLink<{ appointmentId: string }>('notes.confirm', '/confirm');
const change = defineLink<{ appointmentId: string }>('notes.change', '/change');
const page = { get: async () => new Response() };
const notes = definePlugin({
  name: 'notes',
  version: '1.0.0',
  links: [confirm, change],
  routes: [...follows(confirm, page), ...follows(change, page)],
});

const secret = 'a secret of thirty-two characters or more';
const now = new Date('2026-06-01T09:00:00Z');
const clinicId = '0192f1c2-0000-7000-8000-00000000000c';
const patientId = '0192f1c2-0000-7000-8000-00000000000a';
const expiresAt = new Date('2026-06-02T09:00:00Z');
const data = { appointmentId: '0192f1c2-0000-7000-8000-00000000000b' };

const linksWith = (options: Partial<LinksOptions> = {}): Links =>
  createLinks({
    secret,
    publicUrl: 'https://book.clinic.test',
    plugins: [notes],
    clock: { now: () => now },
    ...options,
  });
const links = linksWith();
const sign = (by = links): string => by.sign(confirm, clinicId, data, { patientId, expiresAt });
const tokenOf = (url: string): string => url.split('/').at(-1)!;

it('is an absolute URL of its plugin’s page, that opens what it was made for', () => {
  const url = sign();
  expect(url).toMatch(/^https:\/\/book\.clinic\.test\/plugins\/notes\/confirm\/[\w.-]+$/);
  expect(links.verify(confirm, tokenOf(url))).toEqual({
    clinicId,
    patientId,
    data,
    expired: false,
  });
});

it('has expired from its last instant on', () => {
  const at = (instant: Date): boolean =>
    linksWith({ clock: { now: () => instant } }).verify(confirm, tokenOf(sign())).expired;
  expect(at(new Date(expiresAt.getTime() - 1))).toBe(false);
  expect(at(expiresAt)).toBe(true);
});

it('opens nothing but its own page', () => {
  expect(() => links.verify(change, tokenOf(sign()))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

it('is worth nothing when any character of it is another, missing or too much', () => {
  const token = tokenOf(sign());
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'];
  const altered = fc
    .tuple(fc.nat(token.length - 1), fc.constantFrom(...alphabet))
    .map(([at, sign]) => token.slice(0, at) + sign + token.slice(at + 1));
  const cut = fc.nat(token.length - 1).map(length => token.slice(0, length));
  const longer = fc.string({ minLength: 1 }).map(more => token + more);
  fc.assert(
    fc.property(fc.oneof(altered, cut, longer, fc.string()), forged => {
      fc.pre(forged !== token);
      expect(() => links.verify(confirm, forged)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    }),
    { numRuns: 1_000 },
  );
});

it('of another secret is worth nothing, of an earlier one that is still listed it is good', () => {
  const [older, newer] = ['an older secret of thirty-two characters', 'a newer secret of thirty-two characters'];
  const old = tokenOf(sign(linksWith({ secret: older })));
  expect(() => linksWith({ secret: newer }).verify(confirm, old)).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND' }),
  );
  const both = linksWith({ secret: [newer, older] });
  expect(both.verify(confirm, old)).toMatchObject({ data });
  expect(linksWith({ secret: newer }).verify(confirm, tokenOf(sign(both)))).toMatchObject({ data });
});

it('needs a secret that cannot be guessed, and a plugin that lists it', () => {
  expect(() => linksWith({ secret: 'short' })).toThrow('fewer than 32 characters');
  expect(() => linksWith({ secret: [] })).toThrow('fewer than 32 characters');
  expect(() => linksWith({ plugins: [] }).sign(confirm, clinicId, data, { patientId, expiresAt })).toThrow(
    'add it to `links`',
  );
});
