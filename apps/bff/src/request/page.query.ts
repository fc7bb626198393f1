import { IsString, Length, Matches, ValidateIf } from 'class-validator';

const Given = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/** How lists page (contract.md section 3): an opaque token from an earlier page, and 1 to 100 in decimal digits. */
export class PageQuery {
  @Given() @IsString() @Length(1, 2048) pageToken?: string;

  @Given()
  @Matches(/^0*(?:[1-9]\d?|100)$/, { message: 'pageSize must be a whole number from 1 to 100' })
  pageSize?: string;
}
