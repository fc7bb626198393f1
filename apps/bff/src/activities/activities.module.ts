import { Module, type OnModuleInit } from '@nestjs/common';
import { PagePipe } from '../http/page.query.js';
import { ProxiedRoutes } from '../http/proxied-routes.js';
import { ProxiedRoutesModule } from '../http/proxied-routes.module.js';

/** What happened to the tenant's WhatsApp account and senders. */
@Module({ imports: [ProxiedRoutesModule] })
export class ActivitiesModule implements OnModuleInit {
  private readonly page = new PagePipe();

  constructor(private readonly routes: ProxiedRoutes) {}

  onModuleInit(): void {
    this.routes.add('activities.list', (request) => {
      const { pageToken, pageSize } = this.page.transform(request.query as Record<string, unknown>);
      return { method: 'GET', path: 'whatsapp/activities', query: { pageToken, pageSize } };
    });
  }
}
