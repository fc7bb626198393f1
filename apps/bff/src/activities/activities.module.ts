import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { ActivitiesController } from './activities.controller.js';

@Module({ imports: [UpstreamModule], controllers: [ActivitiesController] })
export class ActivitiesModule {}
