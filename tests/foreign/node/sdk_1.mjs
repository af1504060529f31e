// The official TypeScript SDK 1.x.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { headers, look, main } from './exchange.mjs';

await main(async (request, token) => {
  const client = new Client({ name: 'foreign-client', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(request.url), {
    requestInit: { headers: headers(token) },
  });
  try {
    await client.connect(transport);
    return { version: transport.protocolVersion, ...(await look(client, request.calls)) };
  } finally {
    await client.close();
  }
});
