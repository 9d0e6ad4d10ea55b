// The little that both servers need of HTTP: bodies, answers, a start on loopback.
import http from 'node:http';

export const largestBody = 64 * 1024 * 1024;

export async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > largestBody) throw Object.assign(new Error(`a body over ${largestBody} bytes`), { status: 413 });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export async function jsonOf(request) {
  const text = (await bodyOf(request)).toString('utf8');
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw Object.assign(new Error(`not JSON: ${error.message}`), { status: 400 });
  }
}

export function answer(response, status, body, headers = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  response.writeHead(status, {
    ...(bytes && { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length }),
    ...headers,
  });
  response.end(bytes);
}

/**
 * Starts on a free loopback port, and says so in one line of JSON when it is ready to answer: the parent process waits for it.
 * @param create (origin) => (request, response) => promise
 */
export function start(create) {
  const server = http.createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const origin = `http://127.0.0.1:${server.address().port}`;
      const handle = create(origin);
      server.on('request', (request, response) =>
        handle(request, response).catch((error) => {
          if (!error.status) process.stderr.write(`${error.stack}\n`);
          if (!response.headersSent) answer(response, error.status ?? 500, { error: error.message });
        }));
      process.stdout.write(JSON.stringify({ origin }) + '\n');
      resolve(server);
    });
  });
}
