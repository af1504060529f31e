// The official TypeScript SDK 2.x.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { headers, look, main } from './exchange.mjs';

await main(async (request, token) => {
  const client = new Client(
    { name: 'foreign-client', version: '2.0.0' },
    { versionNegotiation: { mode: request.mode } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(request.url), {
    requestInit: { headers: headers(token) },
  });
  try {
    await client.connect(transport);
    const version = client.getNegotiatedProtocolVersion();
    return { version, ...(await look(client, request.calls)) };
  } finally {
    await client.close();
  }
});
