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
  // Without a token that is taken it asks for a sign-in and waits for a person: that is the end here.
  const sentToSignIn = new Promise((_, reject) => {
    transport.stderr.on('data', (piece) => {
      log += piece;
      if (log.includes('Please authorize this client by visiting')) reject(new Error(log));
    });
  });
  try {
    await Promise.race([client.connect(transport), sentToSignIn]);
    const version = log.match(/Remote server speaks MCP (\S+);/)?.[1] ?? null;
    return { version, ...(await look(client, request.calls)) };
  } catch (error) {
    throw new Error(log, { cause: error });
  } finally {
    await client.close();
  }
});
