import { validateHeaderName, validateHeaderValue } from 'node:http';
import { operations, type Operation } from '../operations.js';
import { serverNames, type ServerName } from '../servers.js';
import {
  anyValue,
  integer,
  isObject,
  objectOf,
  oneOf,
  optional,
  stringOf,
  literalTrue,
  type Validated,
  type Rule,
} from '../validation.js';

export interface CannedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly bodyBytes?: number | undefined;
}

/**
 * The effect of a fault. Times are in milliseconds; apps/sinch-simulator/README.md describes each effect on the wire.
 */
export type Effect =
  | { readonly answer: CannedResponse }
  | { readonly delay: { readonly headersMs?: number | undefined; readonly bodyMs?: number | undefined } }
  | { readonly hang: 'headers' | 'body' }
  | { readonly reset: 'headers' | 'body' | 'before' }
  | { readonly cutBody: true }
  | { readonly contentLengthOff: number }
  | { readonly redirect: string }
  | { readonly expireTokens: true }
  | { readonly refuseClients: true };

export interface FaultScope {
  readonly server?: ServerName | undefined;
  readonly projectId?: string | undefined;
  readonly operation?: Operation | undefined;
  /** Number of requests that the fault affects; 0 means all until it is cleared. */
  readonly times?: number | undefined;
}

export interface FaultInput {
  readonly scope: FaultScope;
  readonly effect: Effect;
}

const scope = objectOf<FaultScope>({
  server: optional(oneOf(serverNames)),
  projectId: optional(stringOf(1, 255)),
  operation: optional(oneOf(operations)),
  times: optional(integer(0, 1_000_000)),
});

const maxDelayMs = 10 * 60 * 1000;
const maxBodyBytes = 1024 ** 3;

const headers: Rule<Record<string, string>> = (value, path) => {
  if (!isObject(value)) return { ok: false, messages: [`${path} must be an object`] };
  const valid: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    if (typeof content !== 'string' || !isHeader(name, content))
      return { ok: false, messages: [`${path}.${name} must be a header`] };
    valid[name.toLowerCase()] = content;
  }
  return { ok: true, value: valid };
};

const location: Rule<string> = (value, path) =>
  typeof value === 'string' && isHeader('location', value)
    ? { ok: true, value }
    : { ok: false, messages: [`${path} must be a location`] };

const delay = optional(integer(0, maxDelayMs));

const effects: { readonly [Name in EffectName]: Rule<Effect> } = {
  answer: effectRule(
    'answer',
    objectOf<CannedResponse>({
      status: integer(200, 599),
      headers: optional(headers),
      body: anyValue,
      bodyBytes: optional(integer(0, maxBodyBytes)),
    }),
  ),
  delay: effectRule('delay', objectOf({ headersMs: delay, bodyMs: delay })),
  hang: effectRule('hang', oneOf(['headers', 'body'] as const)),
  reset: effectRule('reset', oneOf(['headers', 'body', 'before'] as const)),
  cutBody: effectRule('cutBody', literalTrue),
  contentLengthOff: effectRule('contentLengthOff', integer(-maxBodyBytes, maxBodyBytes)),
  redirect: effectRule('redirect', location),
  expireTokens: effectRule('expireTokens', literalTrue),
  refuseClients: effectRule('refuseClients', literalTrue),
};

type NamesOf<T> = T extends unknown ? keyof T : never;
type EffectName = NamesOf<Effect>;

const effectNames = Object.keys(effects) as EffectName[];

/** A fault has exactly one effect. */
export const parseFault: Rule<FaultInput> = (value, path) => {
  const checkedScope = scope(value, path);
  if (!checkedScope.ok || !isObject(value)) return checkedScope as Validated<never>;

  const [name, ...more] = effectNames.filter((candidate) => value[candidate] !== undefined);
  if (name === undefined || more.length > 0)
    return { ok: false, messages: [`body must have exactly one of: ${effectNames.join(', ')}`] };

  const checkedEffect = effects[name](value[name], name);
  if (!checkedEffect.ok) return checkedEffect;
  return { ok: true, value: { scope: checkedScope.value, effect: checkedEffect.value } };
};

function effectRule<Name extends string, T>(name: Name, rule: Rule<T>): Rule<{ readonly [N in Name]: T }> {
  return (value, path) => {
    const checked = rule(value, path);
    return checked.ok ? { ok: true, value: { [name]: checked.value } as { [N in Name]: T } } : checked;
  };
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
