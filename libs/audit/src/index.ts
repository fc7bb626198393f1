export {
  AUDIT_EVENTS,
  OPERATOR,
  SERVICE,
  type Actor,
  type AuditEvent,
  type AuditEventName,
  type AuditOutcome,
  type AuditRecord,
} from './audit-event.js';
export { directoryChanged, type Author, type RecordChange } from './directory-change.js';
export { AuditModule } from './audit.module.js';
export { AuditTrail } from './audit-trail.js';
export { AuditUpkeep } from './audit-upkeep.js';
export { AuditWriter, BrokenChainError } from './audit-writer.js';
