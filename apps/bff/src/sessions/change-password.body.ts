import { NewPassword, Text } from '../request/input-rules.js';

export class ChangePasswordBody {
  @Text(1024) current!: string;
  @NewPassword() new!: string;
}
