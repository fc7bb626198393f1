import { Forwarder, type ForwardScope, type UpstreamAnswer } from '@bff/upstream';
import { Controller, Query } from '@nestjs/common';
import { InputPipe } from '../request/input-pipe.js';
import { Access, Operation } from '../request/operation.js';
import { PageQuery } from '../request/page.query.js';

@Controller()
export class ActivitiesController {
  constructor(private readonly upstream: Forwarder) {}

  @Operation('activities.list')
  list(
    @Access() access: ForwardScope,
    @Query(new InputPipe()) { pageToken, pageSize }: PageQuery,
  ): Promise<UpstreamAnswer> {
    const query = { pageToken, pageSize: pageSize === undefined ? undefined : Number(pageSize) };
    return this.upstream.forward(access, { method: 'GET', path: 'whatsapp/activities', query });
  }
}
