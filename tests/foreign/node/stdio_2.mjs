// The official TypeScript SDK 2.x, as the host of a server that speaks over stdio.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { look, main } from './exchange.mjs';

await main(async (request, token) => {
  const client = new Client(
    { name: 'foreign-client', version: '2.0.0' },
    { versionNegotiation: { mode: request.mode } },
  );
  const { command, args, env } = request.config;
  const transport = new StdioClientTransport({ command, args, env: { ...env, MCP_TOKEN: token } });
  try {
    await client.connect(transport);
    const version = client.getNegotiatedProtocolVersion();
    return { version, ...(await look(client, request.calls)) };
  } finally {
    await client.close();
  }
});
