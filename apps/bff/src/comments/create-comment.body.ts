import { Text } from '@bff/problems';

/**
 * A comment on the account (docs/upstream.md section 5.6); characters are counted as the upstream counts
 * them.
 */
export class CreateCommentBody {
  @Text(65_535) comment!: string;
}
