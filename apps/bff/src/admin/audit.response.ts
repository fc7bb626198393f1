import { AUDIT_ACTOR_KINDS, AUDIT_EVENTS, AUDIT_OUTCOMES, type AuditRecord } from '@bff/audit';
import { ListOf, Nested } from '@bff/problems';
import { IsIn, IsString } from 'class-validator';
import { PageResponse } from '../http/page.response.js';
import { Description, FreeForm, Nullable, NullableOrAbsent, Time } from '../http/response-fields.js';

export class AuditActorResponse {
  @IsIn(AUDIT_ACTOR_KINDS) readonly kind!: AuditRecord['actor']['kind'];
  @Nullable(IsString()) @Description('The id of the user, if `kind` is `user`.') readonly id!: string | null;
}

@Description('An event of the audit log.')
export class AuditEventResponse implements AuditRecord {
  @IsString() readonly id!: string;
  @Time() readonly at!: string;
  @IsIn(Object.keys(AUDIT_EVENTS)) readonly event!: AuditRecord['event'];
  @IsIn(AUDIT_OUTCOMES) readonly outcome!: AuditRecord['outcome'];
  @Nested(() => AuditActorResponse) readonly actor!: AuditActorResponse;
  @Nullable(IsString())
  @Description('A hash that identifies the session; it does not authenticate it.')
  readonly session!: string | null;
  @Nullable(IsString()) @Description('The name of the frontend.') readonly frontend!: string | null;
  @NullableOrAbsent(IsString())
  @Description('Absent in events that were recorded before this field was added.')
  readonly clientAddress?: string | null;
  @Nullable(IsString()) readonly tenantId!: string | null;
  @Nullable(IsString()) readonly elevationId!: string | null;
  @Nullable(IsString()) @Description('The reason that was given for the elevation.') readonly reason!:
    string | null;
  @Nullable(IsString()) readonly requestId!: string | null;
  @FreeForm()
  @Description('Ids, field names, error codes and numbers, which depend on `event`; never a secret.')
  readonly details!: Readonly<Record<string, unknown>>;
}

export class AuditPageResponse extends PageResponse {
  @ListOf(() => AuditEventResponse) readonly events!: readonly AuditEventResponse[];
}
