import { type AuditEvent, type AuditLog } from '@bff/audit';
import { Problem } from '@bff/problems';
import { Logger } from '@nestjs/common';
import { UpstreamError } from './response-checks.js';
import { type UpstreamResponse } from './upstream-response.js';
import { type ForwardScope, type UpstreamCall } from './upstream-call.js';
import { BrowserGoneError } from './waiting-caller.js';

/** The format of upstream error codes; any other value is free text, which is not audited. */
const CODE = /^[\w.:-]{1,100}$/;

const logger = new Logger('AdminPlane');

/**
 * Audits a call through the admin plane before it is sent, and its outcome before the caller gets the
 * response. If the first event cannot be written, the call is not sent. If the second cannot be written, it
 * is queued and the outcome is returned.
 * @throws Problem `bff_audit_unavailable`, or the error of the call
 */
export async function audited(
  audit: AuditLog,
  scope: ForwardScope,
  call: UpstreamCall,
  forward: () => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const eventOf = eventFactory('admin-plane.call', scope, call);
  const complete = (event: AuditEvent): Promise<void> =>
    audit.record(event).catch((error: Error) => {
      logger.error(`The outcome of the call ${scope.requestId} is not audited: ${error.message}`);
      audit.later(event);
    });
  await audit.record(eventOf('begun', {}));
  try {
    const response = await forward();
    await complete(eventOf('success', { status: response.status }));
    return response;
  } catch (error) {
    await complete(eventOf(outcomeOf(error), failureOf(error)));
    throw error;
  }
}

/**
 * Audits a write of a member with its outcome, without waiting for the audit write, because the calls of
 * members continue while the audit log is unavailable (docs/contract.md section 6).
 * @throws the error of the call
 */
export async function auditedWrite(
  audit: AuditLog,
  scope: ForwardScope,
  call: UpstreamCall,
  forward: () => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const eventOf = eventFactory('upstream.write', scope, call);
  try {
    const response = await forward();
    audit.later(eventOf('success', { status: response.status }));
    return response;
  } catch (error) {
    audit.later(eventOf(outcomeOf(error), failureOf(error)));
    throw error;
  }
}

type EventFactory = (outcome: AuditEvent['outcome'], details: object) => AuditEvent;

/**
 * The actor is the one that the call was admitted with, even if the session changes while the call is in
 * flight.
 */
function eventFactory(
  event: 'admin-plane.call' | 'upstream.write',
  { actor, tenant, operation, requestId }: ForwardScope,
  { method, path }: UpstreamCall,
): EventFactory {
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
