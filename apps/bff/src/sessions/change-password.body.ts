import { NewPassword, Password } from '../request/input-rules.js';

export class ChangePasswordBody {
  @Password() current!: string;
  @NewPassword() new!: string;
}
