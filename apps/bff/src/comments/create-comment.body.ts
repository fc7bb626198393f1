import { IsString, Length } from 'class-validator';

/** A comment on the account (provisioning-api.md section 5.6); characters are counted as the upstream counts them. */
export class CreateCommentBody {
  @IsString() @Length(1, 65_535) comment!: string;
}
