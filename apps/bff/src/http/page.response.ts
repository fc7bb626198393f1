import { Optional } from '@bff/problems';
import { IsString } from 'class-validator';
import { Description } from './response-fields.js';

/** One page of a list (docs/contract.md section 3). */
export class PageResponse {
  @Optional()
  @IsString()
  @Description('Pass it as `pageToken` to read the next page. Absent on the last page.')
  readonly nextPageToken?: string;
}
