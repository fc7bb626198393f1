import { NewPassword, Password } from '../http/input-rules.js';

export class ChangePasswordBody {
  @Password() current!: string;
  @NewPassword() new!: string;
}
