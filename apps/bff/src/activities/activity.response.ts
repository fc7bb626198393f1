import { ListOf, Optional } from '@bff/problems';
import { IsNumber, IsString } from 'class-validator';
import { DefinedUpstream, Description, OpenEnum } from '../http/response-fields.js';

/** The values of AccountActivityType (docs/upstream.md section 5.4). */
const ACTIVITY_TYPES = [
  'COMMENT_ADDED',
  'CREATED',
  'DRAFT',
  'EDITED',
  'IN_PROGRESS',
  'PENDING_FACEBOOK_VERIFICATION',
  'REJECTED',
];

/** An activity in the upstream's response (docs/upstream.md section 5.5), which the service does not parse. */
@DefinedUpstream()
export class ActivityResponse {
  @OpenEnum('ActivityType', ACTIVITY_TYPES) readonly type!: string;
  @Optional() @IsString() @Description('A time in ISO 8601, UTC.') readonly created?: string;
  @Optional() @IsString() readonly author?: string;
  @Optional()
  @IsString()
  @Description('The text of the comment, if `type` is `COMMENT_ADDED`.')
  readonly comment?: string;
}

@DefinedUpstream()
@Description('One page of the activities of an account, newest first.')
export class ActivityPageResponse {
  @IsNumber() @Description('The number of activities on all pages.') readonly totalSize!: number;
  @IsNumber() readonly pageSize!: number;
  @ListOf(() => ActivityResponse) readonly notifications!: readonly ActivityResponse[];
  @Optional() @IsString() readonly previousPageToken?: string;
  @Optional() @IsString() readonly nextPageToken?: string;
}
