// The official TypeScript SDK 1.x, which signs in: arguments are endpoint, era and its name.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { callbackAddress, converse, Provider } from './conversation.mjs';

const [, , address, , name] = process.argv;
const provider = new Provider(name, await callbackAddress());
let transport;

await converse(
  async () => {
    transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
    const client = new Client({ name: 'foreign-client', version: '1.0.0' });
    await client.connect(transport);
    return client;
  },
  provider,
  (parameters) => transport.finishAuth(parameters.get('code')),
  (error) => error instanceof UnauthorizedError,
);
process.exit(0);
