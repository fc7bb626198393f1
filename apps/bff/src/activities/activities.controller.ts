import { Forwarder, type ForwardScope, type UpstreamAnswer } from '@bff/upstream';
import { Controller, Query } from '@nestjs/common';
import { Access, Operation } from '../request/operation.js';
import { PagePipe, type PageQuery } from '../request/page.query.js';

@Controller()
export class ActivitiesController {
  constructor(private readonly upstream: Forwarder) {}

  @Operation('activities.list')
  list(
    @Access() access: ForwardScope,
    @Query(new PagePipe()) { pageToken, pageSize }: PageQuery,
  ): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, {
      method: 'GET',
      path: 'whatsapp/activities',
      query: { pageToken, pageSize },
    });
  }
}
