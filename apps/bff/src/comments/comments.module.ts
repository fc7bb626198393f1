import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { CommentsController } from './comments.controller.js';

@Module({ imports: [UpstreamModule], controllers: [CommentsController] })
export class CommentsModule {}
