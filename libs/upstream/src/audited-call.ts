import { type AuditEvent, type AuditLog } from '@bff/audit';
import { Problem } from '@bff/problems';
import { Logger } from '@nestjs/common';
import { UpstreamError } from './answer-checks.js';
import { BrowserGoneError } from './forwarded-call.js';
import { type UpstreamAnswer } from './upstream-answer.js';
import { type ForwardScope, type UpstreamCall } from './upstream-call.js';

/** The form of an upstream's error codes; any other value is free text and is not audited. */
const CODE = /^[\w.:-]{1,100}$/;

const logger = new Logger('AdminPlane');

/**
 * A call through the admin plane: on record before it is sent, and what came of it before anybody hears of it. Where the
 * first cannot be written nothing is sent; where the second cannot, the call has happened all the same.
 * @throws Problem `bff_audit_unavailable`, or what the call throws
 */
export async function audited(
  audit: AuditLog,
  scope: ForwardScope,
  call: UpstreamCall,
  forward: () => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const of = eventsOf('admin-plane.call', scope, call);
  const complete = (event: AuditEvent): Promise<void> =>
    audit.record(event).catch((error: Error) => {
      logger.error(`The outcome of the call ${scope.requestId} is not audited: ${error.message}`);
      audit.later(event);
    });
  await audit.record(of('begun', {}));
  try {
    const answer = await forward();
    await complete(of('success', { status: answer.status }));
    return answer;
  } catch (error) {
    await complete(of(outcomeOf(error), failureOf(error)));
    throw error;
  }
}

/**
 * A member's write: recorded with its outcome once that is known. It waits for no audit write, because
 * members' calls continue while the audit log is unavailable (docs/contract.md section 6).
 * @throws what the call throws
 */
export async function auditedWrite(
  audit: AuditLog,
  scope: ForwardScope,
  call: UpstreamCall,
  forward: () => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const of = eventsOf('upstream.write', scope, call);
  try {
    const answer = await forward();
    audit.later(of('success', { status: answer.status }));
    return answer;
  } catch (error) {
    audit.later(of(outcomeOf(error), failureOf(error)));
    throw error;
  }
}

type EventOf = (outcome: AuditEvent['outcome'], details: object) => AuditEvent;

/** The actor is that of the call's admission, whatever becomes of the session while it is in flight. */
function eventsOf(
  event: 'admin-plane.call' | 'upstream.write',
  { actor, tenant, operation, requestId }: ForwardScope,
  { method, path }: UpstreamCall,
): EventOf {
  const tenantId = tenant.id;
  return (outcome, details) => ({
    ...{ event, outcome, actor, tenantId, requestId },
    details: { operation, method, path, ...details },
  });
}

function outcomeOf(error: unknown): AuditEvent['outcome'] {
  return error instanceof UpstreamError ? 'refused' : 'failed';
}

function failureOf(error: unknown): object {
  if (error instanceof UpstreamError || error instanceof Problem) {
    const { status, errorCode } = error;
    return { status, errorCode: CODE.test(errorCode) ? errorCode : 'unknown' };
  }
  return { errorCode: error instanceof BrowserGoneError ? 'browser_gone' : 'unknown' };
}
