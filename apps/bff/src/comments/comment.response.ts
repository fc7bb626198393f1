import { Optional } from '@bff/problems';
import { IsString } from 'class-validator';
import { DefinedUpstream, Description, OpenEnum } from '../http/response-fields.js';

/** The upstream's response (docs/upstream.md section 5.6), which the service does not parse. */
@DefinedUpstream()
@Description('A comment on an account. The list of activities contains it with type `COMMENT_ADDED`.')
export class CommentResponse {
  @OpenEnum('CommentType', ['CREATED']) readonly type!: string;
  @IsString() readonly comment!: string;
  @Optional() @IsString() @Description('A time in ISO 8601, UTC.') readonly created?: string;
}
