import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { examples } from './graphiql-examples.ts';
import { html, Html } from './html.ts';

const installed = createRequire(import.meta.url);
const fileOf = (name: string, file: string): string =>
  path.join(path.dirname(installed.resolve(`${name}/package.json`)), file);

/** What the page loads, from the packages themselves: it works without any network. */
const assets = new Map<string, () => string>([
  ['react.js', () => fileOf('react', 'umd/react.production.min.js')],
  ['react-dom.js', () => fileOf('react-dom', 'umd/react-dom.production.min.js')],
  ['graphiql.js', () => fileOf('graphiql', 'graphiql.min.js')],
  ['graphiql.css', () => fileOf('graphiql', 'graphiql.min.css')],
  ['client.js', () => fileOf('graphql-ws', 'dist/client.js')],
  ['page.js', () => path.join(import.meta.dirname, 'graphiql-page.js')],
]);

/** A file of GraphiQL; undefined where there is none of that name. */
export async function graphiqlAsset(name: string): Promise<Response | undefined> {
  // What graphql-ws's client shares with its server lies beside it, under a name with a hash.
  const isShared = /^common-[\w-]+\.js$/.test(name);
  const file = isShared ? fileOf('graphql-ws', `dist/${name}`) : assets.get(name)?.();
  const content = file && (await readFile(file).catch(() => undefined));
  if (!content) return undefined;
  const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
  return new Response(new Uint8Array(content), {
    headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' },
  });
}

/** GraphiQL with the tokens of the demo clinic in a menu, and example operations as tabs. */
export function graphiqlPage(tokens: Readonly<Record<string, string>>): Response {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>GraphiQL · Clinic Rapport</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/dev/graphiql/graphiql.css" />
        <style>
          body {
            margin: 0;
            height: 100vh;
            display: flex;
            flex-direction: column;
            font:
              15px/1.4 system-ui,
              sans-serif;
          }
          header {
            padding: 8px 16px;
            background: #0b6b5f;
            color: #fff;
            display: flex;
            gap: 16px;
            align-items: center;
          }
          header nav {
            margin-left: auto;
          }
          header a {
            color: #fff;
          }
          header select {
            font: inherit;
            padding: 2px 6px;
            border-radius: 4px;
            border: 0;
            margin-left: 6px;
          }
          #graphiql {
            flex: 1;
            min-height: 0;
          }
        </style>
      </head>
      <body>
        <header>
          <strong>Clinic Rapport</strong>
          <label
            >Ask as
            <select id="role"></select
          ></label>
          <nav><a href="/dev/mailbox">Mailbox</a></nav>
        </header>
        <div id="graphiql">Loading…</div>
        ${dataElement('setup', { tokens, examples })}
        <script src="/dev/graphiql/react.js"></script>
        <script src="/dev/graphiql/react-dom.js"></script>
        <script src="/dev/graphiql/graphiql.js"></script>
        <script type="module" src="/dev/graphiql/page.js"></script>
      </body>
    </html>`;
  return new Response(document.markup, { headers });
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; connect-src 'self' ws: wss:; frame-ancestors 'none'",
};

/** JSON that a script reads; `<` would let a value end the element. */
const dataElement = (id: string, data: unknown): Html =>
  new Html(`<script id="${id}" type="application/json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`);
