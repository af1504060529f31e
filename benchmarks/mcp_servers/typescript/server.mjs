// The TypeScript SDK with the same tools, doing the same two queries: a server and a transport for
// each request, as the SDK's stateless example has it. Reads the TASK file that benchmarks.mcp
// writes, and PORT and PROCESSES from the environment.

import { McpServer, fromJsonSchema } from '@modelcontextprotocol/server';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import cluster from 'node:cluster';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import pg from 'pg';

const LIMIT = 20;
const processes = Number(process.env.PROCESSES);
const task = JSON.parse(readFileSync(process.env.TASK, 'utf8'));
const wayIn = statement('way_in', task.way_in);
const rows = statement('rows', task.rows);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const tools = task.tools.map(({ name, inputSchema, outputSchema, ...rest }) => ({
    name,
    definition: {
        ...rest,
        inputSchema: fromJsonSchema(inputSchema),
        outputSchema: fromJsonSchema(outputSchema)
    }
}));

function listedOnly() {
    throw new Error('listed, never called');
}

function statement(name, text) {
    let number = 0;
    return { name, text: text.replace(/%s/g, () => `$${++number}`) };
}

function serve() {
    const pool = new pg.Pool({ connectionString: task.database_url, max: 10 });
    const http = createServer((request, response) => {
        answer(pool, request, response).catch((error) => {
            console.error(error);
            response.writeHead(500).end();
        });
    });
    http.listen(Number(process.env.PORT), '127.0.0.1');
}

async function answer(pool, request, response) {
    const account = await authenticate(pool, request.headers.authorization ?? '');
    if (account === undefined) {
        response.writeHead(401).end();
        return;
    }
    const server = new McpServer({ name: 'bench', version: '1' });
    const called = { list_packages: () => listPackages(pool, account) };
    for (const { name, definition } of tools) {
        server.registerTool(name, definition, called[name] ?? listedOnly);
    }
    const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: undefined,
        enableJsonResponse: true
    });
    await server.connect(transport);
    await transport.handleRequest(request, response);
}

async function authenticate(pool, header) {
    const token = header.slice(header.indexOf(' ') + 1);
    const now = new Date();
    const checksum = createHash('sha256').update(token).digest('hex');
    const values = [new Date(now - 60_000), task.subdomain, checksum, now];
    const found = await pool.query({ ...wayIn, values, rowMode: 'array' });
    return found.rows[0]?.[10];
}

async function listPackages(pool, account) {
    const found = await pool.query({ ...rows, values: [account] });
    const packages = found.rows.slice(0, LIMIT);
    for (const row of packages) {
        row.updated_at = `${row.updated_at.toISOString().slice(0, 19)}Z`;
    }
    const follows = found.rows.length > LIMIT;
    const cursor = follows ? Buffer.from(`k${packages.at(-1).id}`).toString('base64url') : null;
    const data = { packages, next_cursor: cursor };
    return {
        content: [{ type: 'text', text: JSON.stringify(data) }],
        structuredContent: data,
        isError: false
    };
}

if (processes > 1 && cluster.isPrimary) {
    for (let number = 0; number < processes; number += 1) {
        cluster.fork();
    }
} else {
    serve();
}
