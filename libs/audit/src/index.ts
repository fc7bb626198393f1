export {
  AUDIT_ACTOR_KINDS,
  AUDIT_EVENTS,
  AUDIT_OUTCOMES,
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
export { AuditMaintenance, type PrunedChain } from './audit-maintenance.js';
export { AuditSeals } from './audit-seals.js';
export { AuditWriter, BrokenChainError } from './audit-writer.js';
