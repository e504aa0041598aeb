import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { examples } from './graphiql-examples.ts';

const installed = createRequire(import.meta.url);
const folderOf = (name: string): string => path.dirname(installed.resolve(`${name}/package.json`));

/** What the page loads, from the packages themselves: it works without any network. */
const assets: Readonly<Record<string, { file: () => string; type: string }>> = {
  'react.js': { file: () => path.join(folderOf('react'), 'umd/react.production.min.js'), type: 'text/javascript' },
  'react-dom.js': {
    file: () => path.join(folderOf('react-dom'), 'umd/react-dom.production.min.js'),
    type: 'text/javascript',
  },
  'graphiql.js': { file: () => path.join(folderOf('graphiql'), 'graphiql.min.js'), type: 'text/javascript' },
  'graphiql.css': { file: () => path.join(folderOf('graphiql'), 'graphiql.min.css'), type: 'text/css' },
  'client.js': { file: () => installed.resolve('graphql-ws/client').replace(/\.cjs$/, '.js'), type: 'text/javascript' },
  'page.js': { file: () => path.join(import.meta.dirname, 'graphiql-page.js'), type: 'text/javascript' },
};

export async function graphiqlAsset(name: string): Promise<Response> {
  const shared = /^common-[\w-]+\.js$/.test(name)
    ? path.join(path.dirname(assets['client.js']!.file()), name)
    : undefined;
  const asset = assets[name] ?? (shared && { file: () => shared, type: 'text/javascript' });
  if (!asset) return new Response(null, { status: 404 });
  return new Response(await readFile(asset.file()), {
    headers: { 'content-type': `${asset.type}; charset=utf-8`, 'cache-control': 'max-age=3600' },
  });
}

/** GraphiQL with the tokens of the demo clinic in a menu, and example operations as tabs. */
export function graphiqlPage(tokens: Readonly<Record<string, string>>): Response {
  // `<` would let a value end the script element.
  const setup = JSON.stringify({ tokens, examples }).replaceAll('<', '\\u003c');
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Clinic Rapport: GraphiQL</title>
<link rel="stylesheet" href="/dev/graphiql/graphiql.css">
<style>
  body { margin: 0; height: 100vh; display: flex; flex-direction: column; font-family: system-ui, sans-serif; }
  header { padding: 8px 14px; background: #0b6b5f; color: #fff; display: flex; gap: 14px; align-items: center; }
  header a { color: #fff; margin-left: auto; }
  header select { font: inherit; }
  #graphiql { flex: 1; min-height: 0; }
</style>
</head>
<body>
<header><strong>Clinic Rapport</strong><label>Ask as <select id="role"></select></label><a href="/dev/mailbox">Mailbox</a></header>
<div id="graphiql">Loading…</div>
<script id="setup" type="application/json">${setup}</script>
<script src="/dev/graphiql/react.js"></script>
<script src="/dev/graphiql/react-dom.js"></script>
<script src="/dev/graphiql/graphiql.js"></script>
<script type="module" src="/dev/graphiql/page.js"></script>
</body>
</html>`;
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } });
}
