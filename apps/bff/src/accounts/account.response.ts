import { Nested, Optional } from '@bff/problems';
import { IsBoolean, IsString } from 'class-validator';
import { DefinedUpstream, Description, OpenEnum, OpenEnumList } from '../http/response-fields.js';
import {
  ACCOUNT_CHANGE_STATES,
  ACCOUNT_STATES,
  BUSINESS_CATEGORIES,
  BUSINESS_MANAGERS,
  COMPATIBLE_REGIONS,
  DAILY_LIMITS,
  META_LOCAL_STORAGES,
  REGIONS,
  UNRECOGNIZED,
  WABA_BAN_STATES,
} from './account-enums.js';

/*
 * The upstream's account responses (docs/upstream.md section 5.1). The service relays them without parsing them; the classes
 * only document their fields.
 */

const BusinessCategory = (): PropertyDecorator => OpenEnum('BusinessCategory', BUSINESS_CATEGORIES);
const Region = (): PropertyDecorator => OpenEnum('Region', [...REGIONS, UNRECOGNIZED]);
const MetaLocalStorage = (): PropertyDecorator =>
  OpenEnum('MetaLocalStorage', [...META_LOCAL_STORAGES, UNRECOGNIZED, 'UNSPECIFIED']);

@DefinedUpstream()
export class SenderDetailsResponse {
  @IsString() readonly displayName!: string;
  @BusinessCategory() readonly businessCategory!: string;
  @Region() readonly region!: string;
  @MetaLocalStorage() readonly metaLocalStorage!: string;
}

@DefinedUpstream()
export class AccountDetailsResponse {
  @IsString()
  @Description('The id of the customer at Meta (Business Manager).')
  readonly clientBusinessManagerId!: string;
  @IsString()
  @Description('The name of the WhatsApp Business Account.')
  readonly wabaName!: string;
  @Optional() @IsString() @Description('Deprecated.') readonly companyLegalName?: string;
  @Nested(() => SenderDetailsResponse) readonly senderDetails!: SenderDetailsResponse;
}

@DefinedUpstream()
export class RequestedSenderDetailsResponse {
  @Optional() @IsString() readonly displayName?: string;
  @Optional() @BusinessCategory() readonly businessCategory?: string;
  @Optional() @Region() readonly region?: string;
  @Optional() @MetaLocalStorage() readonly metaLocalStorage?: string;
}

@DefinedUpstream()
@Description('The requested values: all of a new account, only the changed ones of an update.')
export class RequestedAccountDetailsResponse {
  @Optional()
  @IsString()
  @Description('The id of the customer at Meta (Business Manager).')
  readonly clientBusinessManagerId?: string;
  @Optional()
  @IsString()
  @Description('The name of the WhatsApp Business Account.')
  readonly wabaName?: string;
  @Optional() @IsString() @Description('Deprecated.') readonly companyLegalName?: string;
  @Optional()
  @Nested(() => RequestedSenderDetailsResponse)
  readonly senderDetails?: RequestedSenderDetailsResponse;
}

@DefinedUpstream()
@Description('A pending or rejected request.')
export class AccountChangesResponse {
  @OpenEnum('AccountChangeState', ACCOUNT_CHANGE_STATES)
  @Description('The state of the request. While it exists, it is the effective state of the account.')
  readonly status!: string;
  @Optional()
  @Nested(() => RequestedAccountDetailsResponse)
  readonly details?: RequestedAccountDetailsResponse;
}

@DefinedUpstream()
@Description('The WhatsApp account of a tenant, as the Sinch Provisioning API returns it.')
export class AccountResponse {
  @Optional()
  @OpenEnum('AccountState', ACCOUNT_STATES)
  @Description('The settled state. Absent until the first request has been decided.')
  readonly state?: string;
  @IsBoolean()
  @Description('Whether the account was created with Embedded Signup.')
  readonly isEmbeddedSignup!: boolean;
  @OpenEnum('BusinessManager', [...BUSINESS_MANAGERS, UNRECOGNIZED])
  @Description('The Business Manager of Sinch at Meta.')
  readonly businessManager!: string;
  @Optional() @IsString() @Description('The id of the WhatsApp Business Account.') readonly wabaId?: string;
  @Optional()
  @Nested(() => AccountChangesResponse)
  @Description('The latest request. Absent if none is pending or rejected.')
  readonly changes?: AccountChangesResponse;
  @Optional()
  @Nested(() => AccountDetailsResponse)
  @Description('The applied details. Absent until the first request has been decided.')
  readonly details?: AccountDetailsResponse;
  @Optional() @OpenEnum('WabaBanState', WABA_BAN_STATES) readonly wabaBanState?: string;
  @Optional() @IsString() @Description('A time in ISO 8601, UTC.') readonly wabaBanDate?: string;
  @Optional()
  @IsBoolean()
  @Description('Whether template analytics are enabled.')
  readonly wabaEnabledForInsights?: boolean;
  @Optional()
  @IsBoolean()
  @Description('Whether the Direct Send API is enabled.')
  readonly wabaEnabledForDirectSend?: boolean;
  @Optional()
  @IsBoolean()
  @Description('Whether maximum prices are enabled.')
  readonly wabaMaxPriceOnboarded?: boolean;
  @OpenEnumList('CompatibleRegion', COMPATIBLE_REGIONS)
  @Description('The regions of Conversation API apps that the account can be used with.')
  readonly compatibleRegions!: readonly string[];
  @Optional()
  @IsString()
  @Description('A country code of ISO 3166-1 alpha-2, or `XK` or `UNRECOGNIZED`.')
  readonly primaryBusinessLocation?: string;
  @Optional()
  @OpenEnum('DailyLimit', DAILY_LIMITS)
  @Description('How many customers the business may start conversations with within 24 hours.')
  readonly businessDailyLimit?: string;
  @Optional() @IsString() @Description('A currency code, for example `EUR`.') readonly currency?: string;
}
