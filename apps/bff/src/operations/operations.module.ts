import { Module } from '@nestjs/common';
import { Log } from './log.js';
import { ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';

@Module({ providers: [Log, Metrics, ManagementServer], exports: [Log, Metrics, ManagementServer] })
export class OperationsModule {}
