import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { createTransport, type SendError, type TimeLimits } from './transport.ts';

const message = {
  from: 'clinic@clinic.test',
  to: 'ming@mail.test',
  raw: 'From: clinic@clinic.test\r\nSubject: x\r\n\r\n.dot\r\nbody\r\n',
};
const limits: TimeLimits = {
  connectionTimeout: 500,
  greetingTimeout: 500,
  dnsTimeout: 500,
  socketTimeout: 400,
  whole: 5_000,
};

type Step = 'greeting' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'body';
interface FakeServer extends AsyncDisposable {
  url: string;
  hangUp(): void;
  bodies: string[];
  commands: string[];
}

/** A server that plays along up to one step, at which it says something else, or hangs up (`close`), or says nothing. */
async function serverThat(
  fault: Partial<Record<Step, string>> = {},
  offers: readonly string[] = [],
): Promise<FakeServer> {
  const bodies: string[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket.on('error', () => {}));
    const say = (step: Step, usual: string): void => {
      const line = fault[step] ?? usual;
      if (line === 'close') socket.destroy();
      else if (line !== 'silence') socket.write(`${line}\r\n`);
    };
    let rest = '';
    let isBody = false;
    say('greeting', '220 hello');
    socket.on('data', data => {
      rest += data.toString('latin1');
      for (;;) {
        const end = rest.indexOf(isBody ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = rest.slice(0, end);
        rest = rest.slice(end + (isBody ? 5 : 2));
        if (isBody) {
          isBody = false;
          bodies.push(line);
          say('body', '250 taken');
          continue;
        }
        const verb = line.split(/[ :]/)[0]!.toUpperCase();
        commands.push(line);
        if (verb === 'EHLO')
          socket.write(['250-fake', ...offers.map(offer => `250-${offer}`), '250 8BITMIME'].join('\r\n') + '\r\n');
        else if (verb === 'DATA') {
          isBody = fault.DATA === undefined;
          say('DATA', '354 go on');
        } else say(verb as Step, '250 fine');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    commands,
    hangUp,
    async [Symbol.asyncDispose]() {
      hangUp();
      server.close();
      await once(server, 'close');
    },
  };
}

async function verdictFrom(url: string): Promise<Pick<SendError, 'verdict' | 'message'>> {
  const transport = createTransport(url, { limits });
  try {
    await transport.send(message);
    throw new Error('It was sent.');
  } catch (error) {
    const { verdict, message: reason } = error as SendError;
    return { verdict, message: reason };
  } finally {
    await transport.close();
  }
}

it('gives the server the message as it is', async () => {
  await using server = await serverThat();
  const transport = createTransport(server.url, { limits });
  await transport.send(message);
  await transport.close();
  // The dot that begins a line is doubled on the way, as SMTP has it.
  expect(server.bodies).toEqual([message.raw.replace('\r\n.dot', '\r\n..dot').trimEnd()]);
  expect(server.commands).toEqual(
    expect.arrayContaining(['MAIL FROM:<clinic@clinic.test>', 'RCPT TO:<ming@mail.test>']),
  );
});

describe('a refusal of the mail', () => {
  it.each([
    ['RCPT', '550 5.1.1 <ming@mail.test> unknown', 'never', 'SMTP 550 5.1.1'],
    ['MAIL', '553 bad sender', 'never', 'SMTP 553'],
    ['body', '554 5.7.1 <ming@mail.test> is spam', 'never', 'SMTP 554 5.7.1'],
    ['RCPT', '451 4.7.1 grey', 'again', 'SMTP 451 4.7.1'],
    ['body', '452 4.3.1 full', 'again', 'SMTP 452 4.3.1'],
    ['MAIL', '421 4.3.2 closing', 'again', 'SMTP 421 4.3.2'],
  ] as const)('at %s with %j is %s, without the words of the server', async (step, reply, verdict, reason) => {
    await using server = await serverThat({ [step]: reply });
    expect(await verdictFrom(server.url)).toEqual({ verdict, message: reason });
  });
});

describe('of a mail whose fate nobody knows', () => {
  it.each([
    ['the connection is lost after the message', { body: 'close' }],
    ['the server falls silent after the message', { body: 'silence' }],
  ] as const)('when %s, it is unknown', async (_when, fault) => {
    await using server = await serverThat(fault);
    expect(await verdictFrom(server.url)).toMatchObject({ verdict: 'unknown' });
    expect(server.bodies).toHaveLength(1);
  });

  it('nodemailer does not send it once more by itself', async () => {
    await using server = await serverThat({ body: 'close' }, ['PIPELINING']);
    expect(await verdictFrom(server.url)).toMatchObject({ verdict: 'unknown' });
    expect(server.bodies).toHaveLength(1);
  });
});

it.each([
  ['hangs up at the recipient', { RCPT: 'close' }],
  ['falls silent at the sender', { MAIL: 'silence' }],
] as const)(
  'a mail at which the server %s is tried again: it was not taken, and may be the reason',
  async (_what, fault) => {
    await using server = await serverThat(fault);
    expect(await verdictFrom(server.url)).toMatchObject({ verdict: 'again' });
    expect(server.bodies).toHaveLength(0);
  },
);

describe('a server that does not talk to us says nothing of the mail', () => {
  it.each([
    ['it falls silent instead of a greeting', { greeting: 'silence' }],
    ['it hangs up instead of a greeting', { greeting: 'close' }],
    ['it is busy', { greeting: '421 busy' }],
  ] as const)('when %s', async (_when, fault) => {
    await using server = await serverThat(fault);
    expect(await verdictFrom(server.url)).toMatchObject({ verdict: 'unreachable' });
    expect(server.bodies).toHaveLength(0);
  });

  it('when it does not let us in: a wrong password must not fail every mail for good', async () => {
    await using server = await serverThat({ AUTH: '535 5.7.8 no' }, ['AUTH PLAIN']);
    expect(await verdictFrom(server.url.replace('//', '//user:secret@'))).toEqual({
      verdict: 'unreachable',
      message: 'EAUTH 535',
    });
  });

  it('when nobody listens', async () => {
    await using server = await serverThat();
    await server[Symbol.asyncDispose]();
    expect(await verdictFrom(server.url)).toMatchObject({ verdict: 'unreachable' });
  });
});

it('a connection that the server closed while it was idle costs nothing', async () => {
  await using server = await serverThat();
  const transport = createTransport(server.url, { limits });
  await transport.send(message);
  server.hangUp();
  await transport.send(message);
  await transport.close();
  expect(server.bodies).toHaveLength(2);
});

it('gives up a server that trickles, though it never falls silent', async () => {
  const server = net.createServer(socket => {
    const drip = setInterval(() => socket.write('220-still here\r\n'), 50);
    socket.on('error', () => {}).on('close', () => clearInterval(drip));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const transport = createTransport(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    limits: { ...limits, greetingTimeout: 60_000, whole: 300 },
  });
  await expect(transport.send(message)).rejects.toMatchObject({ verdict: 'unreachable' });
  await transport.close();
  server.close();
});

describe('a mailbox that does not exist', () => {
  test.each([
    ['RCPT', '550 5.1.1 no such user', true],
    ['RCPT', '553 5.1.3 bad address', true],
    ['RCPT', '550 5.2.1 mailbox disabled', true],
    ['RCPT', '550 No such user here', true],
    ['RCPT', '550 5.7.1 we do not like you', false],
    ['RCPT', '550 relaying denied', false],
    ['RCPT', '552 5.2.2 mailbox full', false],
    ['RCPT', '451 4.1.1 perhaps later', false],
    ['MAIL', '550 5.1.8 bad sender', false],
    ['body', '550 5.1.1 too late', false],
  ] as const)('at %s, %s: %s', async (step, line, isHardBounce) => {
    await using server = await serverThat({ [step]: line });
    const transport = createTransport(server.url, { limits });
    await expect(transport.send(message)).rejects.toMatchObject({ isHardBounce });
    await transport.close();
  });
});
