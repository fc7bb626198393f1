export {
  AUDIT_EVENTS,
  OPERATOR,
  SERVICE,
  type AuditActor,
  type AuditEvent,
  type AuditEventName,
  type AuditOutcome,
  type AuditRecord,
} from './audit-event.js';
export { directoryChanged, type AuditSource, type RecordChange } from './directory-change.js';
export { AuditAnchors } from './audit-anchors.js';
export { parseCheckpoint, type Checkpoint } from './audit-checkpoint.js';
export { AuditModule } from './audit.module.js';
export { AuditLog } from './audit-log.js';
export { AuditUpkeep, type PrunedChain } from './audit-upkeep.js';
export { AuditWriter, BrokenChainError } from './audit-writer.js';
