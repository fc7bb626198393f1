import { IsString, Length } from 'class-validator';

export class SignInBody {
  @IsString() @Length(1, 254) email!: string;
  @IsString() @Length(1, 1024) password!: string;
}
