import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseConnection } from './connection.js';
import { Directory } from './directory.js';
import { openDatabase } from './open-database.js';
import { type OwnerRequestHandler } from './owner-socket.js';

/**
 * The handler of requests that other processes send to the owner of an embedded database; set by the
 * application.
 */
export class OwnerRequests {
  private handler: OwnerRequestHandler = () => Promise.reject(new Error('The service has not started yet'));

  setHandler(handler: OwnerRequestHandler): void {
    this.handler = handler;
  }

  readonly handle: OwnerRequestHandler = (request) => this.handler(request);
}

/**
 * Opens the database, reads the directory when every part is registered, and closes it after the last
 * response.
 */
@Global()
@Module({
  providers: [
    OwnerRequests,
    {
      provide: DatabaseConnection,
      inject: [BFF_CONFIG, OwnerRequests],
      useFactory: (config: BffConfig, requests: OwnerRequests) =>
        openDatabase(config.database, requests.handle, config.migrateOnStart),
    },
    {
      provide: Directory,
      inject: [DatabaseConnection],
      useFactory: (connection: DatabaseConnection) => new Directory(connection),
    },
  ],
  exports: [DatabaseConnection, Directory, OwnerRequests],
})
export class DatabaseModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly directory: Directory) {}

  onApplicationBootstrap(): Promise<void> {
    return this.directory.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.directory.close();
  }
}
