// The official TypeScript SDK 1.x, which signs in: argument 1 is the endpoint.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { callbackAddress, converse, Provider } from './conversation.mjs';

const url = new URL(process.argv[2]);
const provider = new Provider('TypeScript SDK 1', await callbackAddress());
let transport;

await converse(
  async () => {
    transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
    const client = new Client({ name: 'foreign-client', version: '1.0.0' });
    await client.connect(transport);
    return client;
  },
  provider,
  (parameters) => transport.finishAuth(parameters.get('code')),
  (error) => error instanceof UnauthorizedError,
);
process.exit(0);
