import { NewPassword, Password } from '@bff/identity';

export class ChangePasswordBody {
  @Password() current!: string;
  @NewPassword() new!: string;
}
