import { Forwarder, type ForwardScope, type UpstreamAnswer } from '@bff/upstream';
import { Body, Controller } from '@nestjs/common';
import { InputPipe } from '../request/input-pipe.js';
import { Access, Operation } from '../request/operation.js';
import { CreateCommentBody } from './create-comment.body.js';

@Controller()
export class CommentsController {
  constructor(private readonly upstream: Forwarder) {}

  @Operation('comments.create')
  create(
    @Access() access: ForwardScope,
    @Body(new InputPipe()) body: CreateCommentBody,
  ): Promise<UpstreamAnswer> {
    return this.upstream.forward(access, { method: 'POST', path: 'whatsapp/comments', body });
  }
}
