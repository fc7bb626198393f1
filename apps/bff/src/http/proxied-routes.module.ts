import { UpstreamModule } from '@bff/upstream';
import { Module } from '@nestjs/common';
import { ProxiedRoutes } from './proxied-routes.js';

/** Provides {@link ProxiedRoutes} to the modules of upstream resources. */
@Module({ imports: [UpstreamModule], providers: [ProxiedRoutes], exports: [ProxiedRoutes] })
export class ProxiedRoutesModule {}
