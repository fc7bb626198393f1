import { Password, Text } from '../request/input-rules.js';

export class SignInBody {
  @Text(254) email!: string;
  @Password() password!: string;
}
