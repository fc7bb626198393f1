import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import express from 'express';
import session from 'express-session';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { redisSessions, sessionCookie } from './redis-sessions.js';
import { authorizationFor, securityHeaders, tenantFor, userOf } from './tenants.js';

/** The BFF that a team builds in a week from what everybody uses, and builds well: but no log, no metrics, no validation. */
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.set('trust proxy', 'loopback');

app.use((request, response, next) => {
  response.set(securityHeaders);
  if (request.headers['x-csrf'] !== '1') return response.sendStatus(403);
  next();
});

app.use(
  session({
    name: '__Host-bff-session',
    secret: randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    store: await redisSessions(),
    cookie: sessionCookie,
  }),
);

app.post('/session', express.json(), (request, response, next) => {
  const person = userOf(request.body.email, request.body.password);
  if (person === undefined) return response.sendStatus(401);
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.person = person;
    response.sendStatus(204);
  });
});

async function authorize(request, response, next) {
  const { person } = request.session;
  if (person === undefined) return response.sendStatus(401);
  const tenant = tenantFor(person, request.params.tenant);
  if (tenant === undefined) return response.sendStatus(404);
  const { headers } = request;
  delete headers.cookie;
  headers.authorization = await authorizationFor(tenant);
  request.upstreamPath = `/v1/projects/${tenant.projectId}${request.url}`;
  next();
}

const proxy = createProxyMiddleware({
  target: process.env.UPSTREAM,
  changeOrigin: true,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
  proxyTimeout: 10_000,
  pathRewrite: (_path, request) => request.upstreamPath,
});

// Mounted, so that `request.url` is what follows the tenant.
app.use('/v1/tenants/:tenant', authorize, proxy);

const server = app.listen(Number(process.env.PORT), '127.0.0.1');
server.keepAliveTimeout = 75_000;
