import { Text } from '@bff/problems';

/** The form of a back-channel logout request (OpenID Connect Back-Channel Logout 1.0 section 2.5). */
export class LogoutForm {
  @Text(16_384) logout_token!: string;
}
