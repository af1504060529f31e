// A client script that signs in: see tests/foreign/clients/conversation.py.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const arrivals = [];
let waiting = null;

function arrived(parameters) {
  if (waiting) waiting(parameters);
  else arrivals.push(parameters);
  waiting = null;
}

export function nextArrival() {
  return arrivals.length > 0
    ? Promise.resolve(arrivals.shift())
    : new Promise((resolve) => (waiting = resolve));
}

export async function callbackAddress() {
  const server = createServer((request, response) => {
    const address = new URL(request.url, 'http://localhost');
    if (address.pathname === '/callback') arrived(address.searchParams);
    response.end('You may close this page.');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://localhost:${server.address().port}/callback`;
}

export function say(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

/** What both SDKs want to know and to keep. */
export class Provider {
  constructor(name, redirectUrl) {
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: 'none',
    };
  }
  state = () => (this.sentState = crypto.randomUUID());
  clientInformation = () => this.client;
  saveClientInformation = (client) => (this.client = client);
  tokens = () => this.kept;
  saveTokens = (tokens) => (this.kept = tokens);
  redirectToAuthorization = (address) => say({ open: address.href });
  saveCodeVerifier = (verifier) => (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  discoveryState = () => this.discovered;
  saveDiscoveryState = (state) => (this.discovered = state);
  invalidateCredentials = (scope) => {
    if (['all', 'tokens'].includes(scope)) this.kept = undefined;
    if (['all', 'client'].includes(scope)) this.client = undefined;
    if (['all', 'discovery'].includes(scope)) this.discovered = undefined;
  };
}

/** Does what each line asks. A client that is refused signs in and tries once more. */
export async function converse(connect, provider, finish, isUnauthorized) {
  let client = null;
  const actions = {
    tools: async () => ({ tools: (await client.listTools()).tools.map((tool) => tool.name) }),
    call: async () => {
      const result = await client.callTool({ name: 'list_workspaces', arguments: {} });
      return { is_error: result.isError ?? false, data: result.structuredContent };
    },
    expire: async () => ({ expired: true }),
    tokens: async () => ({
      access: provider.kept.access_token,
      refresh: provider.kept.refresh_token,
    }),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const act = async () => {
      client ??= await connect();
      return actions[JSON.parse(line).do]();
    };
    try {
      say(await act());
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      const parameters = await nextArrival();
      if (parameters.get('state') !== provider.sentState) throw new Error('a foreign state');
      await finish(parameters);
      client = null;
      say(await act());
    }
  }
}
