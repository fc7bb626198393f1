import { Text } from '@bff/problems';

/** The body of a new comment (docs/upstream.md section 5.6). The length limit counts characters like the upstream. */
export class CreateCommentBody {
  @Text(65_535) comment!: string;
}
