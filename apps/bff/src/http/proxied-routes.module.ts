import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { ProxiedRoutes } from './proxied-routes.js';

/** For the modules of the resources that the upstream serves. */
@Module({ imports: [UpstreamModule], providers: [ProxiedRoutes], exports: [ProxiedRoutes] })
export class ProxiedRoutesModule {}
