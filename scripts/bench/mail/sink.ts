import { createServer } from 'node:net';

/** The smallest mail server that can be talked to: takes everything, keeps nothing, and counts. */
let taken = 0;

const server = createServer(socket => {
  let text = '';
  let inBody = false;
  socket
    .setNoDelay(true)
    .setEncoding('latin1')
    .on('error', () => {});
  socket.write('220 sink\r\n');
  socket.on('data', (part: string) => {
    text += part;
    let answers = '';
    for (;;) {
      const end = text.indexOf(inBody ? '\r\n.\r\n' : '\r\n');
      if (end < 0) break;
      const line = inBody ? '' : text.slice(0, end).toUpperCase();
      text = text.slice(end + (inBody ? 5 : 2));
      if (inBody) taken++;
      inBody = line === 'DATA';
      answers += inBody
        ? '354 go\r\n'
        : line.startsWith('EHLO')
          ? '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n'
          : '250 ok\r\n';
    }
    // Of a body only its end matters.
    if (inBody && text.length > 8_192) text = text.slice(-4);
    if (answers) socket.write(answers);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port, tokens: [] }));
process.on('message', () => process.send?.({ taken }));
process.on('disconnect', () => process.exit());
