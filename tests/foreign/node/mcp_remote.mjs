// mcp-remote as a bridge from stdio, driven by the official TypeScript SDK 1.x.
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { headers, look, main } from './exchange.mjs';

const bridge = fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js'));
const options = ['--transport', 'http-only', '--auth-timeout', '5'];

await main(async (request, token) => {
  const named = Object.entries(headers(token)).flatMap(([name, value]) => [
    '--header',
    `${name}: ${value}`,
  ]);
  const client = new Client({ name: 'foreign-client', version: '1.0.0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bridge, request.url, ...options, '--protocol', request.mode, ...named],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr.on('data', (piece) => (log += piece));
  try {
    await client.connect(transport);
    const version = log.match(/Remote server speaks MCP (\S+);/)?.[1] ?? null;
    return { version, ...(await look(client, request.calls)) };
  } catch (error) {
    throw new Error(log, { cause: error });
  } finally {
    await client.close();
  }
});
