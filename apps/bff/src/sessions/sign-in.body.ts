import { Text } from '../request/input-rules.js';

export class SignInBody {
  @Text(254) email!: string;
  @Text(1024) password!: string;
}
