import { type AuditEvent, type AuditTrail } from '@bff/audit';
import { Problem } from '@bff/problems';
import { Logger } from '@nestjs/common';
import { UpstreamRefusal } from './answer-checks.js';
import { BrowserGoneError } from './forwarded-call.js';
import { type UpstreamAnswer } from './upstream-answer.js';
import { type ForwardScope, type UpstreamCall } from './upstream-call.js';

/** What a code of an upstream looks like; anything else that it calls one is text of its own, and no part of the trail. */
const CODE = /^[\w.:-]{1,100}$/;

const logger = new Logger('AdminPlane');

/**
 * A call through the admin plane: on record before it is sent, and what came of it before anybody hears of it. Where the
 * first cannot be written nothing is sent; where the second cannot, the call has happened all the same.
 * @throws Problem `bff_audit_unavailable`, or what the call throws
 */
export async function audited(
  audit: AuditTrail,
  { actor, tenant, requestId }: ForwardScope,
  { method, path }: UpstreamCall,
  forward: () => Promise<UpstreamAnswer>,
): Promise<UpstreamAnswer> {
  const of = (outcome: AuditEvent['outcome'], details: object): AuditEvent => ({
    event: 'admin-plane.call',
    outcome,
    actor,
    tenantId: tenant.id,
    requestId,
    details: { method, path, ...details },
  });
  const complete = (event: AuditEvent): Promise<void> =>
    audit.record(event).catch((error: Error) => {
      logger.error(`What came of the call ${requestId} is not on record: ${error.message}`);
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

function outcomeOf(error: unknown): AuditEvent['outcome'] {
  return error instanceof UpstreamRefusal ? 'refused' : 'failed';
}

function failureOf(error: unknown): object {
  if (error instanceof UpstreamRefusal || error instanceof Problem) {
    const { status, errorCode } = error;
    return { status, errorCode: CODE.test(errorCode) ? errorCode : 'unknown' };
  }
  return { errorCode: error instanceof BrowserGoneError ? 'browser_gone' : 'unknown' };
}
