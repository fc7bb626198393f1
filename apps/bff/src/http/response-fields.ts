import 'reflect-metadata';
import { IsISO8601, IsObject, IsString, ValidateIf } from 'class-validator';

/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export type Schema = Readonly<Record<string, unknown>>;

/** Documentation of a class or a property in `/openapi.json`, in addition to its class-validator rules. */
export interface SchemaNote {
  readonly description?: string;
  /** Replaces the schema that follows from the rules. */
  readonly schema?: Schema;
  readonly isNullable?: true;
  /** A property that is always present although its rules are conditional. */
  readonly isRequired?: true;
  /** The component that lists the known values of an open enum. */
  readonly openEnum?: { readonly name: string; readonly values: readonly string[] };
  /** The upstream defines the class and may add fields. */
  readonly allowsUnknownFields?: true;
}

const NOTE = Symbol('schema note');

/** @param property absent for the class itself */
export function schemaNoteOf(target: new () => object, property?: string): SchemaNote {
  const note: unknown =
    property === undefined
      ? Reflect.getOwnMetadata(NOTE, target)
      : Reflect.getMetadata(NOTE, target.prototype as object, property);
  return (note as SchemaNote | undefined) ?? {};
}

/** @param property undefined if the target is a class */
function addNote(target: object, property: string | symbol | undefined, note: SchemaNote): void {
  if (property === undefined) {
    const earlier: unknown = Reflect.getOwnMetadata(NOTE, target);
    Reflect.defineMetadata(NOTE, { ...(earlier as SchemaNote), ...note }, target);
  } else {
    const earlier: unknown = Reflect.getOwnMetadata(NOTE, target, property);
    Reflect.defineMetadata(NOTE, { ...(earlier as SchemaNote), ...note }, target, property);
  }
}

/** The description of a class or a property in `/openapi.json`. */
export const Description =
  (description: string): ClassDecorator & PropertyDecorator =>
  (target: object, property?: string | symbol) =>
    addNote(target, property, { description });

/** A class that the upstream defines. Its versions add fields (docs/upstream.md section 11), so unknown ones are allowed. */
export const DefinedUpstream = (): ClassDecorator => (target) =>
  addNote(target, undefined, { allowsUnknownFields: true });

/** A time in ISO 8601, UTC, with milliseconds (docs/contract.md section 3). */
export const Time = (): PropertyDecorator => (target, property) => {
  IsISO8601({ strict: true })(target, property);
  addNote(target, property, { schema: { type: 'string', format: 'date-time' } });
};

/** An object whose fields are not specified. */
export const FreeForm = (): PropertyDecorator => (target, property) => {
  IsObject()(target, property);
  addNote(target, property, { schema: { type: 'object', additionalProperties: true } });
};

/** A property that is always present and may be null. */
export const Nullable =
  (rule: PropertyDecorator): PropertyDecorator =>
  (target, property) => {
    ValidateIf((_, value: unknown) => value !== null)(target, property);
    rule(target, property);
    addNote(target, property, { isNullable: true, isRequired: true });
  };

/** A property that may be null or absent. */
export const NullableOrAbsent =
  (rule: PropertyDecorator): PropertyDecorator =>
  (target, property) => {
    ValidateIf((_, value: unknown) => value !== null && value !== undefined)(target, property);
    rule(target, property);
    addNote(target, property, { isNullable: true });
  };

/**
 * A string with known values, to which later versions may add others.
 * @param name the component that lists the known values
 */
export const OpenEnum =
  (name: string, values: readonly string[]): PropertyDecorator =>
  (target, property) => {
    IsString()(target, property);
    addNote(target, property, { schema: openEnumSchema(name), openEnum: { name, values } });
  };

/** A list of strings as in {@link OpenEnum}. */
export const OpenEnumList =
  (name: string, values: readonly string[]): PropertyDecorator =>
  (target, property) => {
    IsString({ each: true })(target, property);
    addNote(target, property, {
      schema: { type: 'array', items: openEnumSchema(name) },
      openEnum: { name, values },
    });
  };

function openEnumSchema(name: string): Schema {
  return { anyOf: [{ $ref: `#/components/schemas/${name}` }, { type: 'string' }] };
}
