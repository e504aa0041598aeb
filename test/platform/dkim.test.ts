import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
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

const relaxed = (header: string): string => {
  const [name = '', ...value] = header.split(':');
  return `${name.trim().toLowerCase()}:${value
    .join(':')
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`;
};

/** As RFC 6376 has it, of one signature with relaxed/relaxed; what it signs, or undefined where it does not hold. */
function verified(raw: string): string[] | undefined {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const body = raw
    .slice(end + 4)
    .replace(/[ \t]+(?=\r\n)/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/(\r\n)*$/, '\r\n');
  const signature = headers.find(header => /^dkim-signature:/i.test(header))!;
  const tags = new Map(
    signature
      .slice(signature.indexOf(':') + 1)
      .split(';')
      .map(tag => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).replace(/\s/g, '')]),
  );
  const names = tags.get('h')!.toLowerCase().split(':');
  const signed = names.flatMap(name => headers.filter(header => header.toLowerCase().startsWith(`${name}:`)).slice(-1));
  const unsigned = relaxed(signature.replace(/(;\s*b=)[\s\S]*$/, '$1'));
  const isBody = createHash('sha256').update(body, 'latin1').digest('base64') === tags.get('bh');
  const isHead = createVerify('RSA-SHA256')
    .update([...signed.map(relaxed), unsigned].join('\r\n'), 'latin1')
    .verify(publicKey, tags.get('b')!, 'base64');
  return isBody && isHead ? signed.map(header => header.split(':')[0]!.toLowerCase()) : undefined;
}

it('signs both headers of the one-click, and who reads the mail can tell that they were not changed', async () => {
  const raw = await received('hello@clinic.test');
  expect(raw).toMatch(/d=clinic\.test/);
  const signed = verified(raw);
  expect(signed).toEqual(
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
  expect(
    verified(raw.replace('List-Unsubscribe: <https://clinic', 'List-Unsubscribe: <https://cl1nic')),
  ).toBeUndefined();
  expect(verified(raw.replace('One-Click\r\n', 'One-Klick\r\n'))).toBeUndefined();
  expect(verified(raw.replace('<p>hello', '<p>hallo'))).toBeUndefined();
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
