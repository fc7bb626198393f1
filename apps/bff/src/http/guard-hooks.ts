import { type FastifyInstance } from 'fastify';
import { checkMediaType, inputCheck } from './input-checks.js';
import { type RequestGuard } from './request-guard.js';

/**
 * Installs the order of checks (docs/contract.md section 3) on every route.
 * @throws Error for a route that is not in the route table, so that the application does not start
 */
export function installGuard(fastify: FastifyInstance, guard: RequestGuard): void {
  fastify.decorateRequest('bff');
  fastify.addHook('onRequest', guard.onRequest);
  fastify.addHook('onRoute', (route) => {
    const name = route.config?.operation;
    const { needs } = guard.register(String(route.method), route.url, name);
    if (name !== undefined) route.onRequest = guard.authorize(name);
    if (route.method !== 'GET') route.preParsing = checkMediaType;
    route.preHandler = [
      ...(route.method === 'GET' ? [] : [guard.reauthorize]),
      inputCheck(route.config?.input),
      ...(needs === 'elevated-admin' ? [guard.checkElevation] : []),
    ];
  });
}
