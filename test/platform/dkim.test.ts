import { generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createMailbox } from '../../api/mail/mailbox.ts';
import { composeMessage } from '../../api/mail/message.ts';
import { createTransport } from '../../api/mail/transport.ts';
import { readConfig } from '../../scripts/config.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const key = { domain: 'clinic.test', selector: 's1', key: privateKey };

const mailFrom = (address: string): string =>
  composeMessage({
    messageId: '<1@clinic.test>',
    date: new Date('2026-06-01T01:00:00Z'),
    from: { name: '大安診所', address },
    to: { address: 'ming@mail.test' },
    subject: '提醒',
    locale: 'zh-Hant',
    text: '您好\n',
    quotedHtml: '<p>hello</p>',
    oneClickUrl: `https://clinic.test/plugins/core/mail-preferences/${'x'.repeat(300)}`,
  });

/** What a server that takes mail gets. */
async function received(from: string): Promise<string> {
  const mailbox = await createMailbox();
  const transport = createTransport(mailbox.smtpUrl, { dkim: [key] });
  try {
    await transport.send({ from, to: 'ming@mail.test', raw: mailFrom(from) });
    return mailbox.mails[0]!.raw.toString('latin1');
  } finally {
    await transport.close();
    await mailbox.stop();
  }
}

const published = `v=DKIM1; k=rsa; p=${publicKey.replace(/-----[^-]+-----|\s/g, '')}`;

/** The headers that the signature covers, in lower case; undefined where it does not hold. Judged by a library of others. */
async function verified(raw: string): Promise<string[] | undefined> {
  const resolver = async (name: string): Promise<string[][]> => {
    expect(name).toBe('s1._domainkey.clinic.test');
    return [[published]];
  };
  const { results } = await dkimVerify(Buffer.from(raw, 'latin1'), { resolver });
  const { status, signingHeaders } = results[0]!;
  return status.result === 'pass' ? signingHeaders!.keys.toLowerCase().split(/\s*:\s*/) : undefined;
}

it('signs both headers of the one-click, and who reads the mail can tell that they were not changed', async () => {
  const raw = await received('hello@clinic.test');
  expect(raw).toMatch(/d=clinic\.test/);
  expect(await verified(raw)).toEqual(
    expect.arrayContaining([
      'from',
      'to',
      'subject',
      'date',
      'message-id',
      'list-unsubscribe',
      'list-unsubscribe-post',
    ]),
  );
  for (const [sent, forged] of [
    ['List-Unsubscribe: <https://clinic', 'List-Unsubscribe: <https://cl1nic'],
    ['One-Click\r\n', 'One-Klick\r\n'],
    ['<p>hello', '<p>hallo'],
  ] as const) {
    expect(raw).toContain(sent);
    expect(await verified(raw.replace(sent, forged))).toBeUndefined();
  }
});

it('signs for no domain but that of the sender', async () => {
  expect(await received('hello@other.test')).not.toMatch(/DKIM-Signature/i);
});

it('is refused at the start with a key that is none, and the key is not shown', () => {
  const read = (keys: unknown) => () =>
    readConfig(['RAPPORT_DKIM_KEYS'], { RAPPORT_DKIM_KEYS: typeof keys === 'string' ? keys : JSON.stringify(keys) });
  expect(read([key])().RAPPORT_DKIM_KEYS).toEqual([key]);
  expect(read('canary')).toThrow('RAPPORT_DKIM_KEYS is not JSON');
  expect(read([{ ...key, key: 'canary' }])).toThrow('no RSA private key');
  expect(read([{ ...key, key: 'canary' }])).not.toThrow(/canary/);
});
