// A bridge: MCP messages, one a line, from stdin to the endpoint of one account, answers to stdout.
//
// It loads no module and reads no file, so that it runs the same in every host, whether that loads
// it as a script or as a module. Everything it knows comes from the environment; see README.md.

const EXTENSION = setting('MCP_EXTENSION') || 'mcp-extension/0';
const PRODUCT = setting('MCP_PRODUCT') || 'this extension';
const HOST = setting('MCP_HOST').replace(/\/+$/, '');
const TIMEOUT_SECONDS = Number(setting('MCP_TIMEOUT_SECONDS')) || 240;

const WHERE = `Settings → Extensions → ${PRODUCT}`;
const MADE_AT = 'Settings → Developer Settings → Connected Applications';
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const NEVER_ARRIVED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const MAX_SAID = 200;

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const NAMED_BY = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

const CANCELLED = Symbol('cancelled');
const TIMED_OUT = Symbol('timed out');

/** Calls on their way, by the id of their request. */
const open = new Map();
/** What is still to be done before the end. */
const working = new Set();
/** Settles when the server has answered `initialize`: what follows names the version agreed on. */
let opened = Promise.resolve();
let agreedVersion = '';

/** A failure in words for the person; `code` is an HTTP status, the server's where it gave one. */
class Refusal extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A value of the environment; hosts leave the text `${...}` where the person gave none. */
function setting(name) {
  const value = (process.env[name] ?? '').trim();
  return value.startsWith('${') ? '' : value;
}

/** Where calls go, and with which token. Throws a Refusal that says which value to mend. */
function destination() {
  const account = setting('MCP_ACCOUNT').toLowerCase();
  const token = setting('MCP_TOKEN').replace(/^Bearer\s+/i, '');
  const mend = (what) => new Refusal(400, `${what} Open ${WHERE} and correct it.`);
  if (!account) throw mend('The Account Subdomain is not set.');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(account)) {
    throw mend(
      'The Account Subdomain must be the subdomain or the number of the account, as in the ' +
        'address of the dashboard, and not a whole address.',
    );
  }
  if (!token) throw mend('The Personal Access Token is not set.');
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw mend('The Personal Access Token holds characters that no token has.');
  }
  return { url: `${checkedHost()}/${account}/api/mcp`, token, account };
}

function checkedHost() {
  let host;
  try {
    host = new URL(HOST);
  } catch {
    throw new Refusal(400, 'This extension names no server: download it again.');
  }
  if (host.protocol !== 'https:' && !(host.protocol === 'http:' && LOOPBACK.has(host.hostname))) {
    throw new Refusal(
      400,
      `The token is not sent to ${HOST}: only https is safe. Ask the operator of the server to ` +
        'serve it over https, then download the extension again.',
    );
  }
  return HOST;
}

function isModern(message) {
  return typeof message.params?._meta?.[VERSION_KEY] === 'string';
}

function headersOf(message, token) {
  const headers = {
    Authorization: `Bearer ${token}`,
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
    'User-Agent': EXTENSION,
  };
  if (isModern(message)) {
    headers['MCP-Protocol-Version'] = encoded(message.params._meta[VERSION_KEY]);
    headers['Mcp-Method'] = encoded(message.method);
    const name = message.params[NAMED_BY[message.method]];
    if (typeof name === 'string') headers['Mcp-Name'] = encoded(name);
  } else if (agreedVersion && message.method !== 'initialize') {
    headers['MCP-Protocol-Version'] = agreedVersion;
  }
  return headers;
}

/** A value as a header can carry it. Source: MCP 2026-07-28, "Streamable HTTP". */
function encoded(value) {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  const looksEncoded = value.startsWith('=?base64?') && value.endsWith('?=');
  if (isPlain && !looksEncoded) return value;
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

function log(text) {
  process.stderr.write(`${EXTENSION}: ${text}\n`);
}

/** One line. JSON has line breaks only between its parts; its numbers stay as they were sent. */
function write(json) {
  process.stdout.write(`${json.replace(/[\r\n]+/g, ' ')}\n`);
}

function writeError(id, { code, message, data }) {
  write(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } }));
}

function receive(line) {
  if (!line.trim()) return;
  const message = parsed(line);
  if (message === undefined) {
    writeError(null, { code: PARSE_ERROR, message: 'Parse error: the line is not JSON' });
  } else if (message === null || typeof message !== 'object' || Array.isArray(message)) {
    writeError(null, { code: INVALID_REQUEST, message: 'Invalid request: send one message a line' });
  } else if (!cancels(message)) {
    start(line.trim(), message);
  }
}

/** Whether the message ended a call of the modern era, where to hang up is to cancel. */
function cancels(message) {
  if (message.method !== 'notifications/cancelled') return false;
  const call = open.get(message.params?.requestId);
  if (!call || !isModern(call.message)) return false;
  call.controller.abort(CANCELLED);
  return true;
}

function start(line, message) {
  const isRequest = typeof message.method === 'string' && 'id' in message;
  const call = { line, message, isRequest, controller: new AbortController() };
  if (isRequest) open.set(message.id, call);
  const before = message.method === 'initialize' ? Promise.resolve() : opened;
  const work = before.then(() => carry(call)).finally(() => {
    working.delete(work);
    if (open.get(message.id) === call) open.delete(message.id);
  });
  working.add(work);
  if (message.method === 'initialize') opened = work;
}

/** Send the call and pass its answer on; whatever fails becomes the answer. */
async function carry(call) {
  const { controller, isRequest, message } = call;
  const timer = setTimeout(() => controller.abort(TIMED_OUT), TIMEOUT_SECONDS * 1000);
  try {
    const { url, token } = destination();
    const response = await fetch(url, {
      method: 'POST',
      headers: headersOf(message, token),
      body: call.line,
      redirect: 'manual',
      signal: controller.signal,
    });
    await passOn(call, response);
  } catch (error) {
    if (controller.signal.reason === CANCELLED) return;
    const refusal = error instanceof Refusal ? error : broken(error, controller.signal.reason);
    log(`${message.method ?? 'answer'}: ${refusal.message}`);
    if (isRequest) writeError(message.id, refusal);
  } finally {
    clearTimeout(timer);
  }
}

async function passOn(call, response) {
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && type.startsWith('text/event-stream')) {
    await passOnEvents(call, response);
    return;
  }
  const text = await response.text();
  if (!call.isRequest) {
    if (!response.ok) throw refusalOf(response, parsed(text));
  } else if (!deliver(call, text)) {
    throw refusalOf(response, parsed(text));
  }
}

async function passOnEvents(call, response) {
  let isAnswered = false;
  for await (const data of events(response.body)) {
    isAnswered = deliver(call, data) || isAnswered;
  }
  if (call.isRequest && !isAnswered) throw lost('the stream ended');
}

/** The data of each server-sent event. */
async function* events(body) {
  const decoder = new TextDecoder();
  let rest = '';
  let data = [];
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      if (line === '' && data.length) {
        yield data.join('\n');
        data = [];
      }
    }
  }
}

/** Write a message of the server. Whether it was one, and for this call the last. */
function deliver({ message }, text) {
  const answer = parsed(text);
  if (answer?.jsonrpc !== '2.0') return false;
  if (typeof answer.method === 'string') {
    write(text);
    return false;
  }
  if (answer.id === message.id) {
    if (message.method === 'initialize') agreedVersion = answer.result?.protocolVersion ?? '';
    write(text);
  } else if (answer.error) {
    writeError(message.id, answer.error);
  } else {
    return false;
  }
  return true;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An HTTP answer that is no MCP answer, as a sentence that says what to do. */
function refusalOf(response, body) {
  const { status } = response;
  const said = typeof body?.error === 'string' ? body.error.slice(0, MAX_SAID) : '';
  const seconds = secondsToWait(response);
  const when = `Try again in ${seconds ? `${seconds} s` : 'a minute'}.`;
  const data = seconds ? { status, retryAfterSeconds: seconds } : { status };
  return new Refusal(status, words(response, said, when), data);
}

function words(response, said, when) {
  const { status } = response;
  const { account } = destination();
  if (status === 401) {
    return (
      'The Personal Access Token was refused (HTTP 401): it is wrong, has expired or was revoked. ' +
      `Open ${WHERE} and re-enter the token; ${MADE_AT} in the dashboard makes a new one. ` +
      `This extension only talks to ${HOST}, so the token must come from there.`
    );
  }
  if (status === 403) return forbidden(account, said);
  if (status === 404) {
    return (
      `There is no account "${account}" at ${HOST} (HTTP 404). Open ${WHERE} and enter the Account ` +
      'Subdomain from the address of your dashboard.'
    );
  }
  if (status === 429) return `Too many calls in a short time (HTTP 429). ${when}`;
  if (status >= 500) return `${HOST} cannot answer at the moment (HTTP ${status}). ${when}`;
  if (status >= 300 && status < 400) {
    return (
      `${HOST} points to another address (HTTP ${status}), to which the token is not sent. ` +
      'Download the extension again from the dashboard.'
    );
  }
  if (status >= 400) return `${HOST} refused the message (HTTP ${status}). ${said}`.trim();
  return `${HOST} did not answer like an MCP server (HTTP ${status}). ${when}`;
}

function forbidden(account, said) {
  if (said.includes('not enabled')) {
    return (
      `${said} (HTTP 403). Ask an owner of account "${account}", or the support of ${PRODUCT}, to ` +
      'enable it.'
    );
  }
  if (said && said !== 'Forbidden') return `The call was refused (HTTP 403): ${said}`;
  return (
    `The token gives no access to account "${account}" (HTTP 403): it was made for another ` +
    `account, or its owner is no longer a member. Open ${WHERE} and enter the account that the ` +
    'token was made for, or a token of this account.'
  );
}

function secondsToWait(response) {
  const text = response.headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}

/** A call whose HTTP exchange did not end. */
function broken(error, reason) {
  if (reason === TIMED_OUT) return lost(`no answer came within ${TIMEOUT_SECONDS} seconds`, 504);
  const code = error.cause?.code ?? error.code ?? error.name;
  if (!NEVER_ARRIVED.has(code)) return lost(`the connection broke (${code})`);
  return new Refusal(
    503,
    `Could not reach ${HOST} (${code}). Check that this computer is online and that its network ` +
      'lets it reach that address, then try again.',
  );
}

function lost(how, code = 502) {
  return new Refusal(
    code,
    `${HOST} got the message, but ${how}. It may have been carried out: look before you repeat it.`,
  );
}

/** Answer what is open, then end, whatever the runtime of the host still holds. */
async function finish() {
  while (working.size) await Promise.all(working);
  process.stdout.write('', () => process.exit(0));
}

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (piece) => {
  const lines = (rest + piece).split('\n');
  rest = lines.pop();
  lines.forEach(receive);
});
process.stdin.on('end', () => {
  receive(rest);
  finish();
});
// The host is gone, and with it everybody who could read an answer.
process.stdout.on('error', () => process.exit(0));
log(`bridge to ${HOST || 'no server'}`);
