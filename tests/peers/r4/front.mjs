// HTTP in front of medplum's FHIR router: headers, paging, validation, tokens. R4 RESTful API: https://hl7.org/fhir/R4/http.html
import { getStatus } from '@medplum/core';
import { FhirRouter } from '@medplum/fhir-router';
import { bodyOf } from '../lib/http.mjs';
import { resourceTypes } from '../lib/r4.mjs';
import { capabilityStatement } from './capabilities.mjs';
import { validationOutcome } from './store.mjs';

const json = /^application\/(fhir\+json|json)\b/i;
const jsonPatch = /^application\/json-patch\+json\b/i;
const largestPage = 500;

export class Front {
  #router = new FhirRouter();
  #turn = Promise.resolve(); // writes come one after the other: a rollback must not undo somebody else's

  /**
   * @param settings pageSize: entries when no _count is asked; tokens: undefined (anybody may), or { introspect, authorization }:
   *   every request must carry a token that this introspection endpoint calls active; smart: () => smart-configuration.
   */
  constructor(store, settings, now) {
    this.store = store;
    this.settings = settings;
    this.now = now;
  }

  /** @param url path and query below the FHIR base. @param base the base as the client sees it. */
  async handle(request, response, url, base) {
    const say = (status, resource, headers = {}) => reply(response, status, resource, headers);
    const path = url.split('?')[0].replace(/^\//, '');
    try {
      if (path === '.well-known/smart-configuration') {
        const smart = await this.settings.smart();
        return smart ? reply(response, 200, smart, { 'content-type': 'application/json' }) : say(404, outcome('not-found', 'no SMART here'));
      }
      if (path === 'metadata') return say(200, capabilityStatement(base, await this.settings.smart(), this.now()));
      if (!(await this.#allowed(request)))
        return say(401, outcome('login', 'no or no valid access token'), { 'www-authenticate': 'Bearer realm="fhir"' });
      const type = path.split('/')[0];
      if (type && !type.startsWith('$') && !resourceTypes.has(type)) return say(404, outcome('not-supported', `no resource type ${type}`));
      const body = await this.#body(request, path);
      const write = request.method !== 'GET' && !path.endsWith('_search');
      await (write ? this.#oneByOne(() => this.#route(request, response, url, base, body)) : this.#route(request, response, url, base, body));
    } catch (error) {
      if (!error.status) process.stderr.write(`${error.stack}\n`);
      if (!response.headersSent) say(error.status ?? 500, outcome(error.status ? 'invalid' : 'exception', error.message));
    }
  }

  #oneByOne(work) {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #allowed(request) {
    const { tokens } = this.settings;
    if (!tokens) return true;
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return false;
    const answer = await fetch(tokens.introspect, {
      method: 'POST',
      headers: { authorization: tokens.authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }),
    });
    return answer.ok && (await answer.json()).active === true;
  }

  async #body(request, path) {
    if (request.method === 'GET' || request.method === 'DELETE' || request.method === 'HEAD') return undefined;
    const bytes = await bodyOf(request);
    const kind = request.headers['content-type'] ?? '';
    if (path.endsWith('_search')) return Object.fromEntries(grouped(new URLSearchParams(bytes.toString('utf8'))));
    if (path.split('/')[0] === 'Binary' && request.method !== 'PATCH' && !json.test(kind))
      return { resourceType: 'Binary', contentType: kind, data: bytes.toString('base64') };
    if (!json.test(kind) && !(request.method === 'PATCH' && jsonPatch.test(kind)))
      throw Object.assign(new Error(`content type "${kind}" is not FHIR JSON`), { status: 415 });
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      throw Object.assign(new Error(`not JSON: ${error.message}`), { status: 400 });
    }
  }

  async #route(request, response, url, base, body) {
    const [path, query = ''] = url.replace(/^\//, '').split('?');
    const [type, id, history] = path.split('/');
    const { method } = request;
    if (method === 'POST' && id === '$validate')
      return reply(response, 200, validationOutcome(body) ?? outcome('informational', 'valid', 'information'));
    if (method === 'POST' && type && !id) delete body.id; // R4: a create ignores the client's id
    const isSearch = type && (method === 'GET' && !id || method === 'POST' && id === '_search');
    const existed = this.store.has(type, id);

    const parameters = new URLSearchParams(method === 'POST' && isSearch ? Object.entries(body).flatMap(([k, v]) => [v].flat().map((one) => [k, one])) : query);
    const page = isSearch ? this.#page(parameters) : undefined;
    const [result, resource] = await this.#router.handleRequest({
      method,
      url: isSearch ? `${type}?${page.query}` : path + (query && `?${query}`),
      pathname: '',
      body: isSearch ? undefined : body,
      params: {},
      query: {},
      headers: request.headers,
      config: { transactions: true },
      ...(isSearch && { method: 'GET' }),
    }, this.store);

    let status = getStatus(result);
    if (status >= 400) return reply(response, status, { ...result, id: undefined });
    if (isSearch) return reply(response, 200, linked(resource, base, type, parameters, page));
    if (resource?.resourceType === 'Bundle') return reply(response, 200, resource.type.endsWith('-response') ? withVersions(resource) : resource);
    if (method === 'DELETE') return reply(response, 204);
    if (method === 'PUT' && id && !existed) status = 201;

    const headers = versionHeaders(resource);
    if (status === 201) headers.location = `${base}/${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`;
    if (method === 'GET') {
      if (!history && matches(request.headers['if-none-match'], headers.etag)) return reply(response, 304, undefined, headers);
      if (type === 'Binary' && !accepts(request, json) && resource.data)
        return raw(response, Buffer.from(resource.data, 'base64'), { ...headers, 'content-type': resource.contentType });
      return reply(response, 200, resource, headers);
    }
    const preference = /return=(\w+)/.exec(request.headers.prefer ?? '')?.[1];
    if (preference === 'minimal') return reply(response, status, undefined, headers);
    if (preference === 'OperationOutcome') return reply(response, status, outcome('informational', 'done', 'information'), headers);
    return reply(response, status, resource, headers);
  }

  #page(parameters) {
    const number = (name, fallback) => {
      const value = parameters.get(name);
      return value !== null && /^\d+$/.test(value) ? Number(value) : fallback;
    };
    const count = Math.min(number('_count', this.settings.pageSize), largestPage);
    const offset = number('_offset', 0);
    const query = new URLSearchParams(parameters);
    query.set('_count', count);
    query.set('_offset', offset);
    if (parameters.get('_summary') === 'count') query.set('_count', 0);
    return { count, offset, query };
  }
}

function linked(bundle, base, type, parameters, { count, offset }) {
  const address = (from) => {
    const query = new URLSearchParams(parameters);
    if (from !== undefined) {
      query.set('_count', count);
      from > 0 ? query.set('_offset', from) : query.delete('_offset');
    }
    return `${base}/${type}${query.size ? `?${query}` : ''}`;
  };
  const link = [{ relation: 'self', url: address() }];
  if (count > 0 && offset + count < bundle.total) link.push({ relation: 'next', url: address(offset + count) });
  if (count > 0 && offset > 0) link.push({ relation: 'previous', url: address(Math.max(0, offset - count)) });
  const { resourceType, type: kind, total, entry } = bundle;
  return {
    resourceType,
    type: kind,
    total,
    link,
    ...(entry?.length && {
      entry: entry.map((one) => ({ fullUrl: `${base}/${one.resource.resourceType}/${one.resource.id}`, ...one, search: one.search ?? { mode: 'include' } })),
    }),
  };
}

/** The router names no version in the answers of a batch; R4 has response.etag and a versioned location for it. */
function withVersions(bundle) {
  for (const { response, resource } of bundle.entry ?? [])
    if (resource?.meta?.versionId && response) {
      response.etag ??= `W/"${resource.meta.versionId}"`;
      if (response.status?.startsWith('201')) response.location = `${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`;
    }
  return bundle;
}

function* grouped(parameters) {
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    yield [name, values.length > 1 ? values : values[0]];
  }
}

const versionHeaders = ({ meta } = {}) => ({
  ...(meta?.versionId && { etag: `W/"${meta.versionId}"` }),
  ...(meta?.lastUpdated && { 'last-modified': new Date(meta.lastUpdated).toUTCString() }),
});

const matches = (asked, etag) => asked !== undefined && etag !== undefined && asked.replace(/^W\//, '') === etag.replace(/^W\//, '');
const accepts = ({ headers }, kind) => (headers.accept ?? '*/*').split(',').some((one) => kind.test(one.trim()) || one.trim().startsWith('*/*'));

const outcome = (code, text, severity = 'error') => ({ resourceType: 'OperationOutcome', issue: [{ severity, code, details: { text } }] });

function raw(response, bytes, headers) {
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}

function reply(response, status, resource, headers = {}) {
  const bytes = resource === undefined ? undefined : Buffer.from(JSON.stringify(resource));
  response.writeHead(status, {
    ...(bytes && { 'content-type': 'application/fhir+json; charset=utf-8', 'content-length': bytes.length }),
    ...headers,
  });
  response.end(bytes);
}
