import { matchPath } from './path-pattern.js';

export const operations = [
  'token',
  'account.get',
  'account.create',
  'account.update',
  'account.delete',
  'activities.list',
  'comments.create',
] as const;
export type Operation = (typeof operations)[number];
export type AccountOperation = Exclude<Operation, 'token'>;

/** The operation of a request below the prefix of a server. */
export type OperationTarget =
  { readonly operation: 'token' } | { readonly operation: AccountOperation; readonly projectId: string };

const account = '/v1/projects/:projectId/whatsapp';

const routes: readonly { method: string; path: string; operation: Operation }[] = [
  { method: 'POST', path: '/oauth2/token', operation: 'token' },
  { method: 'GET', path: account, operation: 'account.get' },
  { method: 'POST', path: account, operation: 'account.create' },
  { method: 'PATCH', path: account, operation: 'account.update' },
  { method: 'DELETE', path: account, operation: 'account.delete' },
  { method: 'GET', path: `${account}/activities`, operation: 'activities.list' },
  { method: 'POST', path: `${account}/comments`, operation: 'comments.create' },
];

export function matchOperation(method: string, path: string): OperationTarget | undefined {
  for (const route of routes) {
    const parameters = route.method === method ? matchPath(route.path, path) : undefined;
    if (parameters === undefined) continue;
    if (route.operation === 'token') return { operation: route.operation };
    return { operation: route.operation, projectId: parameters['projectId'] ?? '' };
  }
  return undefined;
}
