import { type EnvironmentReader } from './environment-reader.js';
import { Secret } from './secret.js';

/** What becomes of somebody whom the provider knows and we do not: refused, or created without memberships. */
export const UNKNOWN_SUBJECTS = ['refuse', 'create'] as const;
export type UnknownSubjects = (typeof UNKNOWN_SUBJECTS)[number];

/** An OpenID provider and what it knows us as. */
export interface OidcSettings {
  /** Exactly as the provider names itself. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The authentication context class that an elevation asks for; null: people of this provider cannot rise. */
  readonly acrElevated: string | null;
  readonly unknownSubjects: UnknownSubjects;
}

/** Says that something is wrong with a member. */
type Complain = (member: keyof OidcSettings, sentence: string) => void;

const VARIABLES: Readonly<Record<keyof OidcSettings, string>> = {
  issuer: 'OIDC_ISSUER',
  clientId: 'OIDC_CLIENT_ID',
  clientSecret: 'OIDC_CLIENT_SECRET',
  acrElevated: 'OIDC_ACR_ELEVATED',
  unknownSubjects: 'OIDC_UNKNOWN_SUBJECTS',
};
const MEMBERS = Object.keys(VARIABLES) as (keyof OidcSettings)[];

/** The provider of all frontends that have none of their own, by `OIDC_*` (contract.md section 8). */
export function readCommonProvider(reader: EnvironmentReader, plainHttp: boolean): OidcSettings | null {
  const texts = new Map(MEMBERS.map((member) => [member, reader.text(VARIABLES[member])]));
  if ([...texts.values()].every((text) => text === undefined)) return null;
  return judged(
    (member) => texts.get(member),
    (member, sentence) => reader.problems.push(`${VARIABLES[member]}: ${sentence}`),
    plainHttp,
  );
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
  const values = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(values)) {
    if (!MEMBERS.some((member) => member === name)) problem(`.oidc.${name}: is not a known member`);
  }
  const complain: Complain = (member, sentence) => problem(`.oidc.${member}: ${sentence}`);
  return judged(
    (member) => filledIn(reader, values[member], (text) => complain(member, text)),
    complain,
    plainHttp,
  );
}

function filledIn(
  reader: EnvironmentReader,
  value: unknown,
  complain: (sentence: string) => void,
): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    complain('must be a text');
    return '';
  }
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const text = reader.text(name);
    if (text === undefined) complain(`the variable ${name} is not set`);
    return text ?? '';
  });
}

function judged(
  read: (member: keyof OidcSettings) => string | undefined,
  complain: Complain,
  plainHttp: boolean,
): OidcSettings {
  const required = (member: keyof OidcSettings): string => {
    const text = read(member);
    if (text === undefined) complain(member, 'must be set');
    return text ?? '';
  };
  const issuer = required('issuer');
  const url = URL.parse(issuer);
  if (issuer !== '') {
    if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
      complain('issuer', 'must be an absolute http address without query and fragment');
    } else if (url.protocol === 'http:' && !plainHttp) {
      complain('issuer', 'must be https in profile production');
    }
  }
  const policy = read('unknownSubjects') ?? 'refuse';
  const unknownSubjects = UNKNOWN_SUBJECTS.find((candidate) => candidate === policy);
  if (unknownSubjects === undefined) {
    complain('unknownSubjects', `must be one of ${UNKNOWN_SUBJECTS.join(', ')}`);
  }
  return Object.freeze({
    issuer,
    clientId: required('clientId'),
    clientSecret: new Secret(required('clientSecret')),
    acrElevated: read('acrElevated') ?? null,
    unknownSubjects: unknownSubjects ?? 'refuse',
  });
}
