import fc from 'fast-check';
import { type Schema } from '../../apps/bff/src/http/response-fields.js';
import { type Contract } from './contract.js';

/** The subset of JSON Schema that the document uses. */
interface Shape {
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Characters that a layer could count or escape differently; `👋🏽` has two code points and four UTF-16 units.
 */
const CHARACTERS = [...'abcXYZ019 .-_', '"', '\\', '<', '\n', '\u0000', 'é', '漢', '\u2028', '👋', '🏽', '𝒳'];

/** Longer strings consist of one ASCII letter, so that every way of counting gives the same length. */
const MIXED = 12;

function textOf({ minLength = 0, maxLength = 40 }: Shape): fc.Arbitrary<string> {
  const mixed = fc.string({
    unit: fc.constantFrom(...CHARACTERS),
    minLength: Math.min(minLength, MIXED),
    maxLength: Math.min(maxLength, MIXED),
  });
  const atBorder = fc
    .constantFrom(minLength, Math.min(minLength + 1, maxLength), maxLength - 1, maxLength)
    .map((length) => 'x'.repeat(Math.max(length, minLength)));
  return fc.oneof({ arbitrary: mixed, weight: 3 }, atBorder);
}

/** Values that a schema of the document accepts. */
export function valuesOf(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const shape: Shape = schema;
  if (shape.$ref !== undefined) return valuesOf(contract.resolve(shape.$ref), contract);
  const options = shape.oneOf ?? shape.anyOf;
  if (options !== undefined) return fc.oneof(...options.map((option) => valuesOf(option, contract)));
  if ('const' in shape) return fc.constant(shape.const);
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  switch (shape.type) {
    case 'string':
      return shape.pattern === undefined ? textOf(shape) : fc.stringMatching(new RegExp(shape.pattern));
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    case 'integer':
      return fc.integer();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(shape.items ?? {}, contract), { maxLength: 3 });
    case 'object':
      return objectsOf(shape, contract);
    default:
      throw new Error(`There are no values of ${JSON.stringify(schema)} yet`);
  }
}

function objectsOf({ properties = {}, required = [] }: Shape, contract: Contract): fc.Arbitrary<Json> {
  const members = Object.entries(properties).map(
    ([name, schema]) => [name, valuesOf(schema, contract)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required], noNullPrototype: true });
}

/** Valid bodies with one change; the document decides whether it still accepts them. */
export function brokenValuesOf(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const junk = junkFor(schema, contract);
  const change = fc.oneof(
    fc.constant({ kind: 'drop' as const }),
    fc.record({ kind: fc.constant('set' as const), value: junk }),
    fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom(...STRANGE_NAMES), value: junk }),
  );
  const changed = fc
    .tuple(valuesOf(schema, contract), fc.nat(), change)
    .map(([value, place, step]) => changedAt(value as Json, place, step));
  return fc.oneof({ arbitrary: changed, weight: 6 }, junk);
}

const STRANGE_NAMES = [
  ...['extra', 'projectId', 'tenantId', 'input', 'partnerInitiated', 'wabaname', ''],
  ...['__proto__', 'constructor', 'toString', 'senderDetails', 'companyLegalName', 'wabaName'],
];

type Change =
  | { readonly kind: 'drop' }
  | { readonly kind: 'set'; readonly value: unknown }
  | { readonly kind: 'add'; readonly name: string; readonly value: unknown };

/** Changes one member of the object or of a nested object, by a running index. */
function changedAt(value: Json, place: number, change: Change): Json {
  const entries = Object.entries(value);
  const [name, member] = entries[place % Math.max(entries.length, 1)] ?? [];
  if (name === undefined) return change.kind === 'add' ? { [change.name]: change.value } : {};
  const others = entries.filter(([other]) => other !== name);
  const inside = typeof member === 'object' && member !== null && place % 3 !== 0;
  if (inside) {
    const deeper = changedAt(member as Json, Math.floor(place / 3), change);
    return Object.fromEntries([...others, [name, deeper]]);
  }
  switch (change.kind) {
    case 'drop':
      return Object.fromEntries(others);
    case 'set':
      return Object.fromEntries([...others, [name, change.value]]);
    case 'add':
      return Object.fromEntries([...entries, [change.name, change.value]]);
  }
}

/** Wrong types, values outside every enum, and strings at and next to every limit of the schema. */
function junkFor(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const whole = unfolded(schema, contract);
  const limits = [...whole.matchAll(/"(?:min|max)Length":(\d+)/g)].map(([, limit]) => Number(limit));
  const lengths = limits.flatMap((limit) => [limit - 1, limit, limit + 1]);
  const values = [...whole.matchAll(/"enum":\[([^\]]*)\]/g)].flatMap(
    ([, list = '']) => JSON.parse(`[${list}]`) as string[],
  );
  const outsiders = ['ZZ', ...values.flatMap((text) => [text, text.toLowerCase(), `${text} `])];
  return fc.oneof(
    fc.constantFrom(...[null, true, false, 0, 1, -1.5, '', ' ', [], ['x'], [{}], {}, { x: 1 }, [[]]]),
    fc.constantFrom(...lengths).map((length) => 'x'.repeat(length)),
    fc.constantFrom(...outsiders),
  );
}

function unfolded(schema: Schema, contract: Contract): string {
  return JSON.stringify(schema).replace(
    /"\$ref":"(#\/components\/schemas\/\w+)"/g,
    (_, reference: string) => `"of":${unfolded(contract.resolve(reference), contract)}`,
  );
}
