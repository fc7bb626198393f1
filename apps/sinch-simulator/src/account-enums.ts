/** Enum values of docs/upstream.md section 5.4, without the output-only values that the simulator never returns. */
export const accountStates = ['ONBOARDED', 'PENDING_FACEBOOK_VERIFICATION', 'REJECTED'] as const;
export type AccountState = (typeof accountStates)[number];

export const changeStates = ['DRAFT', 'IN_PROGRESS', 'PENDING_FACEBOOK_VERIFICATION', 'REJECTED'] as const;
export type ChangeState = (typeof changeStates)[number];

export const activityTypes = [
  'COMMENT_ADDED',
  'CREATED',
  'DRAFT',
  'EDITED',
  'IN_PROGRESS',
  'PENDING_FACEBOOK_VERIFICATION',
  'REJECTED',
] as const;
export type ActivityType = (typeof activityTypes)[number];

export const businessManagers = ['SINCH_AMERICA', 'SINCH_BR', 'SINCH_MX', 'SINCH_SEP', 'SINCH_UK'] as const;
export type BusinessManager = (typeof businessManagers)[number];

export const conversationRegions = ['br', 'eu', 'us'] as const;
export type ConversationRegion = (typeof conversationRegions)[number];

export const regions = ['BR', 'EU', 'US'] as const;
export type Region = (typeof regions)[number];

export const metaLocalStorages = [
  'AE',
  'AU',
  'BH',
  'BR',
  'CA',
  'CH',
  'DE',
  'GB',
  'ID',
  'IN',
  'JP',
  'KR',
  'SG',
  'US',
  'ZA',
] as const;
export type MetaLocalStorage = (typeof metaLocalStorages)[number];

export const businessCategories = [
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
] as const;
export type BusinessCategory = (typeof businessCategories)[number];
