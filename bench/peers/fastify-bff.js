import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import httpProxy from '@fastify/http-proxy';
import session from '@fastify/session';
import fastify from 'fastify';
import { redisSessions, sessionCookie } from './redis-sessions.js';
import { authorizationFor, securityHeaders, tenantFor, userOf } from './tenants.js';

/** The BFF that a team builds on Fastify with the plugins of its organisation: no log, no metrics, no validation. */
const app = fastify({ trustProxy: 'loopback', keepAliveTimeout: 75_000 });

app.addHook('onRequest', async (request, reply) => {
  reply.headers(securityHeaders);
  if (request.headers['x-csrf'] !== '1') await reply.code(403).send();
});
await app.register(cookie);
await app.register(session, {
  cookieName: '__Host-bff-session',
  secret: randomBytes(32).toString('base64url'),
  store: await redisSessions(),
  saveUninitialized: false,
  rolling: false,
  cookie: sessionCookie,
});

app.post('/session', async (request, reply) => {
  const person = userOf(request.body.email, request.body.password);
  if (person === undefined) return reply.code(401).send();
  await request.session.regenerate();
  request.session.person = person;
  return reply.code(204).send();
});

await app.register(httpProxy, {
  upstream: process.env.UPSTREAM,
  prefix: '/v1/tenants/:tenant',
  rewritePrefix: '/v1/projects/:project',
  undici: { connections: 256, pipelining: 1 },
  async preHandler(request, reply) {
    const { person } = request.session;
    if (person === undefined) return reply.code(401).send();
    const tenant = tenantFor(person, request.params.tenant);
    if (tenant === undefined) return reply.code(404).send();
    request.params.project = tenant.projectId;
    request.authorization = await authorizationFor(tenant);
  },
  replyOptions: {
    rewriteRequestHeaders({ authorization }, headers) {
      delete headers.cookie;
      return { ...headers, authorization };
    },
  },
});

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
