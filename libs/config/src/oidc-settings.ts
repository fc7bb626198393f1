import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';

/** The policy for a subject without a user: reject the sign-in, or create a user without memberships. */
export const UNKNOWN_SUBJECTS = ['refuse', 'create'] as const;
export type UnknownSubjects = (typeof UNKNOWN_SUBJECTS)[number];

/** Methods of client authentication (OpenID Connect Core 1.0 section 9). */
export const TOKEN_ENDPOINT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

const DEFAULT_ACR_ELEVATED = 'urn:bff:acr:elevated';

/** An OpenID provider and its client registration (docs/contract.md section 8, "Identity provider"). */
export interface OidcSettings {
  /** The issuer identifier, compared as an exact string. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The authentication context class that an elevation requests. */
  readonly acrElevated: string;
  /**
   * Authentication methods of which an elevation requires at least one (RFC 8176); null if `amr` is not
   * checked.
   */
  readonly amrElevated: readonly string[] | null;
  readonly unknownSubjects: UnknownSubjects;
  /** Null if the provider's metadata decides. */
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod | null;
  /** The redirect URI after sign-out; null for the frontend's origin. */
  readonly postLogoutRedirectUri: string | null;
  /** Whether a logout token may have the type `JWT` or none instead of `logout+jwt`. */
  readonly acceptUntypedLogoutTokens: boolean;
}

type Field = keyof OidcSettings;

/** Reports a problem of a field. */
type ReportProblem = (field: Field, sentence: string) => void;

/**
 * The variables of the common provider; fields without one have their defaults (docs/contract.md section 8).
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

/** No spaces, which separate the values of `acr_values` (OpenID Connect Core 1.0 section 3.1.2.1). */
const REFERENCE_VALUE = /^[\x21-\x7e]{1,255}$/;

/** Reads the provider of all frontends without `oidc` from `OIDC_*` (docs/contract.md section 8). */
export function readCommonProvider(reader: EnvironmentReader, plainHttp: boolean): OidcSettings | null {
  const texts = Object.entries(VARIABLES).map(([field, name]) => [field, reader.text(name)] as const);
  if (texts.every(([, text]) => text === undefined)) return null;
  return new ProviderReader(
    Object.fromEntries(texts),
    (field, sentence) => reader.problems.push(`${VARIABLES[field] ?? field}: ${sentence}`),
    plainHttp,
  ).settings();
}

/** Reads the provider of one frontend from its member `oidc`; `${NAME}` is replaced from the environment. */
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
  // A problem of a variable would be reported again for its field, which then has no value.
  const report = (field: string, sentence: string): void => {
    if (!reported.has(field)) problem(`.oidc.${field}: ${sentence}`);
    reported.add(field);
  };
  const values: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!FIELDS.has(name)) report(name, 'is not a known member');
    values[name] = withVariables(reader, given, (sentence) => report(name, sentence));
  }
  return new ProviderReader(values, report, plainHttp).settings();
}

function withVariables(
  reader: EnvironmentReader,
  value: unknown,
  report: (sentence: string) => void,
): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const text = reader.text(name);
    if (text === undefined) report(`the variable ${name} is not set`);
    return text ?? '';
  });
}

/** Validates the fields of a provider and reports all problems instead of stopping at the first one. */
class ProviderReader {
  constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly report: ReportProblem,
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
    if (!REFERENCE_VALUE.test(text)) this.report('acrElevated', 'must be 1 to 255 characters without spaces');
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
    this.report('amrElevated', 'must be a list of at least one authentication method without spaces');
    return [];
  }

  private oneOf<const Value extends string>(field: Field, allowed: readonly Value[]): Value | null {
    const text = this.text(field);
    const found = allowed.find((candidate) => candidate === text) ?? null;
    if (text !== null && found === null) this.report(field, `must be one of ${allowed.join(', ')}`);
    return found;
  }

  private flag(field: Field): boolean {
    const value = this.values[field] ?? false;
    if (typeof value !== 'boolean') this.report(field, 'must be true or false');
    return value === true;
  }

  private required(field: Field): string {
    const text = this.text(field);
    if (text === '' || this.values[field] === undefined) this.report(field, 'must be set');
    return text ?? '';
  }

  private text(field: Field): string | null {
    const value = this.values[field];
    if (typeof value === 'string') return value;
    if (value !== undefined) this.report(field, 'must be a string');
    return null;
  }

  private checkAddress(field: Field, text: string, isPlain: (url: URL) => boolean, without: string): void {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || !isPlain(url)) {
      this.report(field, `must be an absolute http address without ${without}`);
    } else if (url.protocol === 'http:' && !this.plainHttp) {
      this.report(field, 'must be https in profile production');
    }
  }
}
