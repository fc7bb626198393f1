import { Password, Text } from '../http/input-rules.js';

export class SignInBody {
  @Text(254) email!: string;
  @Password() password!: string;
}
