// The official TypeScript SDK 2.x, which signs in: arguments are the endpoint and the era.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { callbackAddress, converse, Provider } from './conversation.mjs';

const [, , address, mode] = process.argv;
const provider = new Provider('TypeScript SDK 2', await callbackAddress());
let transport;

await converse(
  async () => {
    transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
    const client = new Client(
      { name: 'foreign-client', version: '2.0.0' },
      { versionNegotiation: { mode } },
    );
    await client.connect(transport);
    return client;
  },
  provider,
  (parameters) => transport.finishAuth(parameters),
  (error) => error instanceof UnauthorizedError,
);
process.exit(0);
