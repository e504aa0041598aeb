import { createServer } from 'node:http';
import pg from 'pg';
import { operations, type OperationName } from './operations.ts';
import { pointsOperations, type PointsOperationName } from './points-operations.ts';

const all = { ...operations, ...pointsOperations };
type Asked = { operation: OperationName | PointsOperationName; values: unknown[] };

/**
 * The limit: `node:http`, a pool of 8 connections and one prepared statement an operation, whose JSON goes out as it is.
 * Knows neither credentials nor row-level security, and reads no GraphQL.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 8, idleTimeoutMillis: 0 });

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => (body += part));
  request.on('end', () => {
    answer(JSON.parse(body) as Asked).then(
      text => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});

async function answer({ operation, values }: Asked): Promise<string> {
  const { statement, envelope } = all[operation];
  const { rows } = await pool.query<{ json: string }>({ name: operation, text: statement, values });
  return envelope[0] + (rows[0]?.json ?? 'null') + envelope[1];
}

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port, tokens: [] }));
process.on('disconnect', () => process.exit());
