import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';
import { authorizationFor, securityHeaders, tenantFor, userOf } from './tenants.js';

/**
 * The runtime's floor: what is left of a BFF when there is no framework, no validation, no log and no metrics.
 * A session in a Map, the tenant's token, security headers, bytes relayed as they come.
 */
const sessions = new Map();
const pool = new Pool(process.env.UPSTREAM, {
  connections: 256,
  pipelining: 1,
  headersTimeout: 10_000,
  bodyTimeout: 10_000,
});
const ROUTE = /^\/v1\/tenants\/([a-z0-9-]+)(\/whatsapp(?:\/activities|\/comments)?(?:\?.*)?)$/;
const COOKIE = /(?:^|; ?)__Host-bff-session=([A-Za-z0-9_-]{43})(?:;|$)/;

const server = createServer((request, response) => {
  answer(request, response).catch(() => refuse(response, 502));
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT), '127.0.0.1');

async function signIn(request, response) {
  const { email, password } = JSON.parse(await text(request));
  const person = userOf(email, password);
  if (person === undefined) return refuse(response, 401);
  const ticket = randomBytes(32).toString('base64url');
  sessions.set(ticket, person);
  response.setHeader('set-cookie', `__Host-bff-session=${ticket}; Path=/; HttpOnly; Secure; SameSite=Strict`);
  response.writeHead(204, securityHeaders).end();
}

async function answer(request, response) {
  const { headers, method, url } = request;
  if (headers['x-csrf'] !== '1') return refuse(response, 403);
  if (method === 'POST' && url === '/session') return signIn(request, response);
  const person = sessions.get(COOKIE.exec(headers.cookie)?.[1]);
  if (person === undefined) return refuse(response, 401);
  const route = ROUTE.exec(url);
  const tenant = route === null ? undefined : tenantFor(person, route[1]);
  if (tenant === undefined) return refuse(response, 404);
  const path = `/v1/projects/${tenant.projectId}${route[2]}`;
  const known = authorizationFor(tenant);
  const authorization = typeof known === 'string' ? known : await known;
  relay({ method, path, authorization, body: method === 'GET' ? null : await text(request) }, response);
}

function relay({ method, path, authorization, body }, response) {
  let controller;
  response.on('close', () => {
    if (!response.writableFinished) controller?.abort(new Error('The browser left'));
  });
  const headers = ['accept', 'application/json', 'authorization', authorization];
  if (body !== null) headers.push('content-type', 'application/json');
  pool.dispatch(
    { method, path, headers, body },
    {
      onRequestStart(given) {
        controller = given;
      },
      onResponseStart(_controller, status, headers) {
        const { 'content-type': type = 'application/json', 'content-length': length } = headers;
        const size = length === undefined ? {} : { 'content-length': length };
        response.writeHead(status, { ...securityHeaders, 'content-type': type, ...size });
      },
      onResponseData(given, chunk) {
        if (response.write(chunk)) return;
        given.pause();
        response.once('drain', () => given.resume());
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError() {
        refuse(response, 502);
      },
    },
  );
}

function refuse(response, status) {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, securityHeaders).end();
}
