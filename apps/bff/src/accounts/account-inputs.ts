import { Optional, Text } from '@bff/problems';
import { Type } from 'class-transformer';
import { IsIn, IsObject, ValidateNested } from 'class-validator';

/** Enums that the upstream takes (docs/upstream.md section 5.4); it gives back more than it takes. */
const BUSINESS_MANAGERS = ['SINCH_AMERICA', 'SINCH_BR', 'SINCH_MX', 'SINCH_SEP', 'SINCH_UK'];
const REGIONS = ['BR', 'EU', 'US'];
const META_LOCAL_STORAGES = 'AE AU BH BR CA CH DE GB ID IN JP KR SG US ZA'.split(' ');
const BUSINESS_CATEGORIES = [
  'ALCOHOL',
  'AUTOMOTIVE',
  'BEAUTY_SPA_SALON',
  'CLOTHING_AND_APPAREL',
  'EDUCATION',
  'ENTERTAINMENT',
  'EVENT_PLANNING_AND_SERVICE',
  'FINANCE_AND_BANKING',
  'FOOD_AND_GROCERY',
  'HOTEL_AND_LODGING',
  'MEDICAL_AND_HEALTH',
  'NON_PROFIT',
  'OTC_DRUGS',
  'OTHER',
  'PHYSICAL_GAMBLING',
  'PROFESSIONAL_SERVICES',
  'PUBLIC_SERVICE',
  'RESTAURANT',
  'SHOPPING_AND_RETAIL',
  'TRAVEL_AND_TRANSPORTATION',
];

/** Names and ids (docs/upstream.md section 5.2). */
const Name = (): PropertyDecorator => Text(255);

/** Sender details of a new account (docs/upstream.md section 5.2). */
export class NewSenderDetails {
  @Name() displayName!: string;
  @IsIn(BUSINESS_CATEGORIES) businessCategory!: string;
  @Optional() @IsIn(REGIONS) region?: string;
  @Optional() @IsIn(META_LOCAL_STORAGES) metaLocalStorage?: string;
}

/** `POST`, shape `partnerInitiated` (docs/upstream.md section 5.2, variant A). */
export class PartnerInitiatedAccountBody {
  @Name() wabaName!: string;
  @Name() clientBusinessManagerId!: string;
  @Optional() @IsIn(BUSINESS_MANAGERS) businessManager?: string;
  @IsObject() @ValidateNested() @Type(() => NewSenderDetails) senderDetails!: NewSenderDetails;
}

/** `POST`, shape `input` (docs/upstream.md section 5.2, variant B, deprecated upstream). */
export class OnBehalfOfAccountBody {
  @Name() companyLegalName!: string;
  @Name() clientBusinessManagerId!: string;
  @Optional() @IsIn(BUSINESS_MANAGERS) businessManager?: string;
}

/** As the upstream tells the two shapes apart (docs/upstream.md section 12, row 12). */
export function createAccountBody(
  value: Readonly<Record<string, unknown>>,
): new () => PartnerInitiatedAccountBody | OnBehalfOfAccountBody {
  return 'wabaName' in value || 'senderDetails' in value
    ? PartnerInitiatedAccountBody
    : OnBehalfOfAccountBody;
}

/** Sender details to correct (docs/upstream.md section 5.3). */
export class ChangedSenderDetails {
  @Optional() @Name() displayName?: string;
  @Optional() @IsIn(BUSINESS_CATEGORIES) businessCategory?: string;
  @Optional() @IsIn(REGIONS) region?: string;
  @Optional() @IsIn(META_LOCAL_STORAGES) metaLocalStorage?: string;
}

/**
 * `PATCH`, both shapes (docs/upstream.md section 5.3). An empty one is forwarded: the upstream answers it with a
 * code of its own.
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
