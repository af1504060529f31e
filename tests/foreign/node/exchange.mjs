// What a client script reads and prints: see tests/foreign/clients/exchange.py.

export function headers(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function causes(error) {
  const text = `${error?.name ?? 'Error'}: ${error?.message ?? error}`;
  return error?.cause ? [text, ...causes(error.cause)] : [text];
}

/** A visit with a connected client of either TypeScript SDK. */
export async function look(client, calls) {
  const { tools } = await client.listTools();
  const answers = [];
  for (const [name, parameters] of calls) {
    answers.push(await answer(client, name, parameters));
  }
  return { tools: tools.map((tool) => tool.name), answers };
}

async function answer(client, name, parameters) {
  try {
    const result = await client.callTool({ name, arguments: parameters });
    return {
      is_error: result.isError ?? false,
      text: result.content.map((block) => block.text).join(''),
      data: result.structuredContent ?? null,
    };
  } catch (error) {
    if (typeof error?.code !== 'number') throw error;
    return { code: error.code, message: error.message };
  }
}

/** Calls `visit(request, token)` for each token and prints what it returns or throws. */
export async function main(visit) {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  const request = JSON.parse(text);
  const reports = [];
  for (const token of request.tokens) {
    try {
      reports.push(await visit(request, token));
    } catch (error) {
      reports.push({ refused: causes(error).join(' / ') });
    }
  }
  process.stdout.write(JSON.stringify(reports), () => process.exit(0));
}
