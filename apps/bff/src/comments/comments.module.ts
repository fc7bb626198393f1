import { Module, type OnModuleInit } from '@nestjs/common';
import { bodyInput } from '../http/route-input.js';
import { ProxiedRoutes } from '../http/proxied-routes.js';
import { ProxiedRoutesModule } from '../http/proxied-routes.module.js';
import { CreateCommentBody } from './create-comment.body.js';

/** The route that adds a comment to a tenant's WhatsApp account, relayed to the upstream. */
@Module({ imports: [ProxiedRoutesModule] })
export class CommentsModule implements OnModuleInit {
  constructor(private readonly routes: ProxiedRoutes) {}

  onModuleInit(): void {
    this.routes.add('comments.create', ({ body }) => ({
      method: 'POST',
      path: 'whatsapp/comments',
      body: bodyInput(body, () => CreateCommentBody),
    }));
  }
}
