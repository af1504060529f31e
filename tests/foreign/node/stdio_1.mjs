// The official TypeScript SDK 1.x, as the host of a server that speaks over stdio.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { look, main } from './exchange.mjs';

await main(async (request, token) => {
  const client = new Client({ name: 'foreign-client', version: '1.0.0' });
  const { command, args, env } = request.config;
  const transport = new StdioClientTransport({ command, args, env: { ...env, MCP_TOKEN: token } });
  let version = null;
  transport.setProtocolVersion = (agreed) => (version = agreed);
  try {
    await client.connect(transport);
    return { version, ...(await look(client, request.calls)) };
  } finally {
    await client.close();
  }
});
