// The official TypeScript SDK 2.x, which signs in: arguments are endpoint, era and its name.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { callbackAddress, converse, Provider } from './conversation.mjs';

const [, , address, mode, name] = process.argv;
const provider = new Provider(name, await callbackAddress());
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
