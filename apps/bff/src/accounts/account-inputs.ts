import { Optional, Text } from '@bff/problems';
import { Type } from 'class-transformer';
import { IsIn, IsObject, ValidateNested } from 'class-validator';
import { BUSINESS_CATEGORIES, BUSINESS_MANAGERS, META_LOCAL_STORAGES, REGIONS } from './account-enums.js';

/** The rule for names and ids (docs/upstream.md section 5.2). */
const Name = (): PropertyDecorator => Text(255);

/** The sender details of a new account (docs/upstream.md section 5.2). */
export class NewSenderDetails {
  @Name() displayName!: string;
  @IsIn(BUSINESS_CATEGORIES) businessCategory!: string;
  @Optional() @IsIn(REGIONS) region?: string;
  @Optional() @IsIn(META_LOCAL_STORAGES) metaLocalStorage?: string;
}

/** The body of `POST`, shape `partnerInitiated` (docs/upstream.md section 5.2, variant A). */
export class PartnerInitiatedAccountBody {
  @Name() wabaName!: string;
  @Name() clientBusinessManagerId!: string;
  @Optional() @IsIn(BUSINESS_MANAGERS) businessManager?: string;
  @IsObject() @ValidateNested() @Type(() => NewSenderDetails) senderDetails!: NewSenderDetails;
}

/** The body of `POST`, shape `input` (docs/upstream.md section 5.2, variant B, deprecated by the upstream). */
export class OnBehalfOfAccountBody {
  @Name() companyLegalName!: string;
  @Name() clientBusinessManagerId!: string;
  @Optional() @IsIn(BUSINESS_MANAGERS) businessManager?: string;
}

/** Selects the shape by the same fields as the upstream (docs/upstream.md section 12, row 12). */
export function createAccountBody(
  value: Readonly<Record<string, unknown>>,
): new () => PartnerInitiatedAccountBody | OnBehalfOfAccountBody {
  return 'wabaName' in value || 'senderDetails' in value
    ? PartnerInitiatedAccountBody
    : OnBehalfOfAccountBody;
}

/** The sender details to change (docs/upstream.md section 5.3). */
export class ChangedSenderDetails {
  @Optional() @Name() displayName?: string;
  @Optional() @IsIn(BUSINESS_CATEGORIES) businessCategory?: string;
  @Optional() @IsIn(REGIONS) region?: string;
  @Optional() @IsIn(META_LOCAL_STORAGES) metaLocalStorage?: string;
}

/**
 * The body of `PATCH`, both shapes (docs/upstream.md section 5.3). An empty body is forwarded, because the upstream
 * rejects it with a specific error code.
 */
export class UpdateAccountBody {
  @Optional() @Name() companyLegalName?: string;
  @Optional() @Name() wabaName?: string;
  @Optional() @Name() clientBusinessManagerId?: string;
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChangedSenderDetails)
  senderDetails?: ChangedSenderDetails;
}
