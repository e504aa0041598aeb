/* global document, location, localStorage, fetch, WebSocket, React, ReactDOM, GraphiQL */
import { createClient } from './client.js';

const { tokens, examples } = JSON.parse(document.getElementById('setup').textContent);
const menu = document.getElementById('role');
const roles = [...Object.keys(tokens), 'anonymous'];
for (const role of roles) menu.append(new globalThis.Option(role, role));
menu.value = roles.includes(localStorage.getItem('rapport-role')) ? localStorage.getItem('rapport-role') : roles[0];
menu.onchange = () => {
  localStorage.setItem('rapport-role', menu.value);
  sockets?.dispose();
  sockets = undefined;
};

const authorization = () => (tokens[menu.value] ? { authorization: `Bearer ${tokens[menu.value]}` } : {});
let sockets;

const isSubscription = ({ query, operationName }) => {
  const starts = [...query.matchAll(/^\s*(query|mutation|subscription)\s*(\w*)/gm)];
  const chosen = starts.find(([, , name]) => name === operationName) ?? starts[0];
  return chosen?.[1] === 'subscription';
};

const follow = operation => {
  sockets ??= createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: authorization,
  });
  return sockets.iterate(operation);
};

const ask = async (operation, headers) => {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization(), ...headers },
    body: JSON.stringify(operation),
  });
  return response.json();
};

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: (operation, { headers } = {}) => (isSubscription(operation) ? follow(operation) : ask(operation, headers)),
    defaultTabs: examples,
    defaultEditorToolsVisibility: 'variables',
  }),
);
