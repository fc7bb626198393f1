import { Text } from '../request/input-rules.js';

export class ChangePasswordBody {
  @Text(1024) current!: string;
  @Text(4096) new!: string;
}
