import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage } from 'class-validator';

export type InputClass = new () => object;

/** The members of a class, with the class of nested objects; null for other members. */
type Shape = ReadonlyMap<string, InputClass | null>;

const shapes = new Map<InputClass, Shape>();

/**
 * Returns the paths of members that a class does not have, including those of nested objects. Checks the
 * plain value, because class-validator blocks the event loop for about 10 µs per unknown member
 * (docs/security-requirements.md VAL-13).
 */
export function* unknownMembers(inputClass: InputClass, value: unknown, path = ''): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      yield* unknownMembers(inputClass, element, `${path}[${index}]`);
    }
    return;
  }
  const shape = shapeOf(inputClass);
  for (const [name, member] of Object.entries(value)) {
    const memberPath = path === '' ? name : `${path}.${name}`;
    const memberClass = shape.get(name);
    if (memberClass === undefined) yield memberPath;
    else if (memberClass !== null) yield* unknownMembers(memberClass, member, memberPath);
  }
}

function shapeOf(inputClass: InputClass): Shape {
  const known = shapes.get(inputClass);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(inputClass, '', false, false);
  const shape = new Map(rules.map(({ propertyName }) => [propertyName, classOf(inputClass, propertyName)]));
  shapes.set(inputClass, shape);
  return shape;
}

function classOf(inputClass: InputClass, member: string): InputClass | null {
  const { typeFunction } = defaultMetadataStorage.findTypeMetadata(inputClass, member) ?? {};
  return (typeFunction?.() as InputClass | undefined) ?? null;
}
