import { createServer } from 'node:http';
import pg from 'pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// PostGraphile 5 with its own preset, over the same tables, with as many connections as the limit has. It asks for pages by
// functions, as keyset pages over two columns are not part of it.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, idleTimeoutMillis: 0 });
const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ['public'] })],
  grafserv: { graphiql: false, watch: false, graphqlPath: '/graphql' },
  grafast: { explain: false },
}).createServ(grafserv);

const server = createServer();
await service.addTo(server);
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port, tokens: [] }));
process.on('disconnect', () => process.exit());
