import { type InputClass } from '@bff/problems';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { IS_URL, MATCHES } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { type Schema, type SchemaNote, schemaNoteOf } from '../http/response-fields.js';

type ObjectSchema = Schema & {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

const OPTIONS: NonNullable<Parameters<typeof targetConstructorToSchema>[1]> = {
  classTransformerMetadataStorage: defaultMetadataStorage,
  refPointerPrefix: '#/components/schemas/',
  additionalConverters: {
    // The library's format is `url`, which JSON Schema does not define (Validation 2020-12 section 7.3.5).
    [IS_URL]: { type: 'string', format: 'uri' },
    [MATCHES]: ({ constraints }) => ({ type: 'string', ...portablePattern(constraints?.[0] as RegExp) }),
  },
};

/** The component name of a body or response class: the class name without `Response`. */
export function componentName({ name }: InputClass): string {
  return name.replace(/Response$/, '');
}

export function schemaRef(target: InputClass): Schema {
  return { $ref: `#/components/schemas/${componentName(target)}` };
}

/**
 * Schemas of classes, and of the classes and open enums that they refer to. Unknown fields are rejected in requests
 * and absent from responses of the service, so only the classes of the upstream permit them.
 */
export function componentSchemas(classes: readonly InputClass[]): Readonly<Record<string, Schema>> {
  const found = new Map<string, InputClass>();
  const schemas: Record<string, Schema> = {};
  const add = (target: InputClass): void => {
    const name = componentName(target);
    const other = found.get(name);
    if (other === target) return;
    if (other !== undefined) throw new Error(`Two classes have the component name ${name}`);
    found.set(name, target);
    const schema = objectSchema(target);
    schemas[name] = schema;
    for (const property of Object.keys(schema.properties ?? {})) {
      const { openEnum } = schemaNoteOf(target, property);
      if (openEnum !== undefined) schemas[openEnum.name] = { type: 'string', enum: openEnum.values };
      const nested = defaultMetadataStorage.findTypeMetadata(target, property)?.typeFunction();
      if (nested !== undefined) add(nested as InputClass);
    }
  };
  classes.forEach(add);
  return schemas;
}

function objectSchema(target: InputClass): ObjectSchema {
  const generated = targetConstructorToSchema(target, OPTIONS) as object as ObjectSchema;
  const notes = Object.entries(generated.properties ?? {}).map(
    ([property, schema]) => [property, schema, schemaNoteOf(target, property)] as const,
  );
  const required = notes
    .filter(([property, , { isRequired }]) => isRequired ?? generated.required?.includes(property))
    .map(([property]) => property);
  const { description, allowsUnknownFields } = schemaNoteOf(target);
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(
      notes.map(([property, schema, note]) => [property, propertySchema(schema, note)]),
    ),
    ...(required.length > 0 && { required }),
    ...(allowsUnknownFields !== true && { additionalProperties: false }),
  };
}

function propertySchema(generated: Schema, note: SchemaNote): Schema {
  const named = withComponentNames(note.schema ?? withoutRepeatedType(generated));
  const schema = note.isNullable === true ? nullable(named) : named;
  return note.description === undefined ? schema : { description: note.description, ...schema };
}

/** The type of a reference follows from the referenced schema. */
function withoutRepeatedType(schema: Schema): Schema {
  const { $ref } = schema;
  return $ref === undefined ? schema : { $ref };
}

function withComponentNames(schema: Schema): Schema {
  return JSON.parse(
    JSON.stringify(schema).replace(/("#\/components\/schemas\/\w+?)Response"/g, '$1"'),
  ) as Schema;
}

function nullable(schema: Schema): Schema {
  const { $ref, type, enum: values, anyOf = [schema] } = schema;
  if ($ref !== undefined || typeof type !== 'string') {
    return { anyOf: [...(anyOf as Schema[]), { type: 'null' }] };
  }
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}

/**
 * A pattern that means the same with and without the flag `u`, because tools differ in whether they set it. It does not
 * reject halves of surrogate pairs, which valid UTF-8 cannot contain.
 */
function portablePattern({ source }: RegExp): { readonly pattern?: string } {
  const pattern = source.replaceAll(String.raw`\p{Cc}`, String.raw`\u0000-\u001f\u007f-\u009f`);
  const withoutSurrogates = pattern.replaceAll(String.raw`\p{Cs}`, '');
  if (withoutSurrogates === String.raw`^\P{Cs}*$`) return {};
  if (/\\[pP]\{/.test(withoutSurrogates)) throw new Error(`${source} needs a form without the flag u`);
  return { pattern: withoutSurrogates };
}
