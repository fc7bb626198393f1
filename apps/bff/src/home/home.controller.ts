import { UserDirectory } from '@bff/identity';
import { TenantDirectory } from '@bff/tenancy';
import { Controller, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { Serves } from '../http/handler-decorators.js';

const MAX_USERS = 20;

/** The start page, which exists only in profile `development`. */
@Controller()
export class HomeController {
  constructor(
    private readonly users: UserDirectory,
    private readonly tenants: TenantDirectory,
  ) {}

  @Serves('home')
  read(@Req() { bff: { frontend } }: FastifyRequest): HttpResponse<string> {
    const users = [...this.users.all().values()].slice(0, MAX_USERS).map(({ user }) => user);
    const lines = [
      `This is the frontend "${frontend?.name}" (${frontend?.class}) of the Sinch Provisioning BFF, profile development.`,
      '',
      'Users (sign in with POST /session; the passwords are in the applied directory file):',
      ...(users.length === 0 ? ['  none; create them with npm run bff -- apply FILE'] : []),
      ...users.map(({ id, email, role }) => {
        const memberships = [...this.tenants.membershipsOf(id)].map(
          ({ tenant, role }) => `${role} of ${tenant.id}`,
        );
        return `  ${email}  ${[...(role === 'admin' ? ['admin'] : []), ...memberships].join(', ')}`;
      }),
      '',
      'All routes and errors: /docs (OpenAPI document: /openapi.json).',
      'Every call requires the header X-CSRF: 1. Start with:',
      `  GET /session  GET /v1/tenants  GET /v1/tenants/{tenantId}/whatsapp`,
      '',
    ];
    return new HttpResponse(lines.join('\n'), { 'content-type': 'text/plain; charset=utf-8' });
  }
}
