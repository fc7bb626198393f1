import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';

/** What becomes of somebody whom the provider knows and we do not: refused, or created without memberships. */
export const UNKNOWN_SUBJECTS = ['refuse', 'create'] as const;
export type UnknownSubjects = (typeof UNKNOWN_SUBJECTS)[number];

/** Where the client secret is sent (OpenID Connect Core 1.0 section 9). */
export const TOKEN_ENDPOINT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

const DEFAULT_ACR_ELEVATED = 'urn:bff:acr:elevated';

/** An OpenID provider and what it knows us as (docs/contract.md section 8, "Identity provider"). */
export interface OidcSettings {
  /** Exactly as the provider names itself. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The authentication context class that an elevation asks for. */
  readonly acrElevated: string;
  /** Authentication methods of which an elevation needs one (RFC 8176); null: `amr` is not compared. */
  readonly amrElevated: readonly string[] | null;
  readonly unknownSubjects: UnknownSubjects;
  /** null: what the provider's metadata lists. */
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod | null;
  /** Where the provider sends a browser after sign-out; null: the frontend's origin. */
  readonly postLogoutRedirectUri: string | null;
  /** Whether a logout token may have the type `JWT` or none instead of `logout+jwt`. */
  readonly acceptUntypedLogoutTokens: boolean;
}

type Field = keyof OidcSettings;

/** Says that something is wrong with a field. */
type Complain = (field: Field, sentence: string) => void;

/**
 * The fields that the common provider has; the others keep their defaults there (docs/contract.md section 8).
 */
const VARIABLES: Readonly<Partial<Record<Field, string>>> = {
  issuer: 'OIDC_ISSUER',
  clientId: 'OIDC_CLIENT_ID',
  clientSecret: 'OIDC_CLIENT_SECRET',
  acrElevated: 'OIDC_ACR_ELEVATED',
  unknownSubjects: 'OIDC_UNKNOWN_SUBJECTS',
};

const FIELDS: ReadonlySet<string> = new Set<Field>([
  'issuer',
  'clientId',
  'clientSecret',
  'acrElevated',
  'amrElevated',
  'unknownSubjects',
  'tokenEndpointAuthMethod',
  'postLogoutRedirectUri',
  'acceptUntypedLogoutTokens',
]);

/** `acr_values` and `amr` separate values by spaces, so that a value has none (OpenID Connect Core 1.0 section 3.1.2.1). */
const REFERENCE_VALUE = /^[\x21-\x7e]{1,255}$/;

/** The provider of all frontends that have none of their own, by `OIDC_*` (docs/contract.md section 8). */
export function readCommonProvider(reader: EnvironmentReader, plainHttp: boolean): OidcSettings | null {
  const texts = Object.entries(VARIABLES).map(([field, name]) => [field, reader.text(name)] as const);
  if (texts.every(([, text]) => text === undefined)) return null;
  return new ProviderReader(
    Object.fromEntries(texts),
    (field, sentence) => reader.problems.push(`${VARIABLES[field] ?? field}: ${sentence}`),
    plainHttp,
  ).settings();
}

/** The provider of one frontend, by its member `oidc`; `${NAME}` is taken from the environment. */
export function readFrontendProvider(
  reader: EnvironmentReader,
  value: unknown,
  problem: (sentence: string) => void,
  plainHttp: boolean,
): OidcSettings | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problem('.oidc: must be an object');
    return null;
  }
  const reported = new Set<string>();
  // What is wrong with a variable would be said of the field too, which has no value then.
  const complain = (field: string, sentence: string): void => {
    if (!reported.has(field)) problem(`.oidc.${field}: ${sentence}`);
    reported.add(field);
  };
  const filled: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!FIELDS.has(name)) complain(name, 'is not a known member');
    filled[name] = filledIn(reader, given, (sentence) => complain(name, sentence));
  }
  return new ProviderReader(filled, complain, plainHttp).settings();
}

function filledIn(reader: EnvironmentReader, value: unknown, complain: (sentence: string) => void): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const text = reader.text(name);
    if (text === undefined) complain(`the variable ${name} is not set`);
    return text ?? '';
  });
}

/** Validates the fields of a provider, and reports every problem instead of stopping at the first one. */
class ProviderReader {
  constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly complain: Complain,
    private readonly plainHttp: boolean,
  ) {}

  settings(): OidcSettings {
    return Object.freeze({
      issuer: this.issuer(),
      clientId: this.required('clientId'),
      clientSecret: new Secret(this.required('clientSecret')),
      acrElevated: this.acrElevated(),
      amrElevated: this.amrElevated(),
      unknownSubjects: this.oneOf('unknownSubjects', UNKNOWN_SUBJECTS) ?? 'refuse',
      tokenEndpointAuthMethod: this.oneOf('tokenEndpointAuthMethod', TOKEN_ENDPOINT_AUTH_METHODS),
      postLogoutRedirectUri: this.postLogoutRedirectUri(),
      acceptUntypedLogoutTokens: this.flag('acceptUntypedLogoutTokens'),
    });
  }

  private issuer(): string {
    const issuer = this.required('issuer');
    const isPlain = ({ search, hash }: URL): boolean => search === '' && hash === '';
    if (issuer !== '') this.checkAddress('issuer', issuer, isPlain, 'query and fragment');
    return issuer;
  }

  private postLogoutRedirectUri(): string | null {
    const text = this.text('postLogoutRedirectUri');
    const isPlain = ({ hash, username, password }: URL): boolean => hash + username + password === '';
    if (text !== null) this.checkAddress('postLogoutRedirectUri', text, isPlain, 'fragment and credentials');
    return text;
  }

  private acrElevated(): string {
    const text = this.text('acrElevated') ?? DEFAULT_ACR_ELEVATED;
    if (!REFERENCE_VALUE.test(text))
      this.complain('acrElevated', 'must be 1 to 255 characters without spaces');
    return text;
  }

  private amrElevated(): readonly string[] | null {
    const value = this.values['amrElevated'];
    if (value === undefined) return null;
    const isList =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((method) => typeof method === 'string' && REFERENCE_VALUE.test(method));
    if (isList) return Object.freeze(value as string[]);
    this.complain('amrElevated', 'must be a list of at least one authentication method without spaces');
    return [];
  }

  private oneOf<const Value extends string>(field: Field, allowed: readonly Value[]): Value | null {
    const text = this.text(field);
    const found = allowed.find((candidate) => candidate === text) ?? null;
    if (text !== null && found === null) this.complain(field, `must be one of ${allowed.join(', ')}`);
    return found;
  }

  private flag(field: Field): boolean {
    const value = this.values[field] ?? false;
    if (typeof value !== 'boolean') this.complain(field, 'must be true or false');
    return value === true;
  }

  private required(field: Field): string {
    const text = this.text(field);
    if (text === '' || this.values[field] === undefined) this.complain(field, 'must be set');
    return text ?? '';
  }

  private text(field: Field): string | null {
    const value = this.values[field];
    if (typeof value === 'string') return value;
    if (value !== undefined) this.complain(field, 'must be a text');
    return null;
  }

  private checkAddress(field: Field, text: string, isPlain: (url: URL) => boolean, without: string): void {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || !isPlain(url)) {
      this.complain(field, `must be an absolute http address without ${without}`);
    } else if (url.protocol === 'http:' && !this.plainHttp) {
      this.complain(field, 'must be https in profile production');
    }
  }
}
