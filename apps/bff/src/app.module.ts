import { AuditModule } from '@bff/audit';
import { type BffConfig, BffConfigModule } from '@bff/config';
import { DatabaseModule } from '@bff/database';
import { SecretsModule } from '@bff/secrets';
import { SessionModule } from '@bff/session';
import { StateModule } from '@bff/state';
import { TenancyModule } from '@bff/tenancy';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { AdminModule } from './admin/admin.module.js';
import { ActivitiesModule } from './activities/activities.module.js';
import { CommentsModule } from './comments/comments.module.js';
import { OpenConnections } from './connections/open-connections.js';
import { DocumentationModule } from './api-docs/documentation.module.js';
import { HomeModule } from './home/home.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { OperatorModule } from './cli/operator.module.js';
import { RequestModule } from './http/request.module.js';
import { SessionsModule } from './auth/sessions.module.js';
import { TenantsModule } from './tenants/tenants.module.js';

/** The root module. */
@Module({})
export class AppModule {
  static with(config: BffConfig): DynamicModule {
    return {
      module: AppModule,
      providers: [OpenConnections],
      imports: [
        BffConfigModule.with(config),
        SecretsModule,
        StateModule,
        DatabaseModule,
        AuditModule,
        RequestModule,
        ObservabilityModule,
        SessionModule,
        TenancyModule,
        SessionsModule,
        TenantsModule,
        AccountsModule,
        ActivitiesModule,
        CommentsModule,
        AdminModule,
        DocumentationModule,
        OperatorModule,
        ...(config.profile === 'development' ? [HomeModule] : []),
      ],
    };
  }
}
