import { Password } from '@bff/identity';
import { Text } from '@bff/problems';

export class SignInBody {
  @Text(254) email!: string;
  @Password() password!: string;
}
