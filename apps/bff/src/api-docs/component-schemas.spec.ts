import { describe, expect, it } from '@jest/globals';
import { ListOf, Nested, Optional, PlainText } from '@bff/problems';
import { IsIn, IsString, Matches } from 'class-validator';
import {
  DefinedUpstream,
  Description,
  FreeForm,
  OpenEnum,
  OpenEnumList,
  Nullable,
  NullableOrAbsent,
  Time,
} from '../http/response-fields.js';
import { componentSchemas, schemaRef } from './component-schemas.js';

class WheelResponse {
  @IsString() readonly size!: string;
}

class Dated {
  @Time() @Description('When it was made.') readonly madeAt!: string;
}

@Description('A vehicle.')
class VehicleResponse extends Dated {
  @ListOf(() => WheelResponse) readonly wheels!: readonly WheelResponse[];
  @Nullable(Nested(() => WheelResponse)) readonly spare!: WheelResponse | null;
  @Nullable(IsIn(['red', 'blue'])) readonly colour!: string | null;
  @NullableOrAbsent(IsString()) readonly owner?: string | null;
  @Nullable(OpenEnum('Fuel', ['diesel'])) readonly fuel!: string | null;
  @Optional() @FreeForm() readonly extras?: object;
}

@DefinedUpstream()
class DealerResponse {
  @OpenEnumList('Country', ['SE']) readonly countries!: readonly string[];
}

class NoteBody {
  @PlainText(40) readonly text!: string;
  @Matches(/^\P{Cs}*$/u) readonly any!: string;
}

class LetterBody {
  @Matches(/^\p{L}+$/u) readonly letters!: string;
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

describe('the schemas of classes', () => {
  it('a component is named after its class without Response, and includes the classes that it refers to', () => {
    expect(schemaRef(VehicleResponse)).toEqual(ref('Vehicle'));
    expect(Object.keys(componentSchemas([VehicleResponse])).sort()).toEqual(['Fuel', 'Vehicle', 'Wheel']);
  });

  it('a property that may be null is required, unless it may also be absent', () => {
    const { Vehicle } = componentSchemas([VehicleResponse]);
    expect(Vehicle).toEqual({
      type: 'object',
      description: 'A vehicle.',
      properties: {
        wheels: { type: 'array', items: ref('Wheel') },
        spare: { anyOf: [ref('Wheel'), { type: 'null' }] },
        colour: { type: ['string', 'null'], enum: ['red', 'blue', null] },
        owner: { type: ['string', 'null'] },
        fuel: { anyOf: [ref('Fuel'), { type: 'string' }, { type: 'null' }] },
        extras: { type: 'object', additionalProperties: true },
        madeAt: { type: 'string', format: 'date-time', description: 'When it was made.' },
      },
      required: ['wheels', 'spare', 'colour', 'fuel', 'madeAt'],
      additionalProperties: false,
    });
  });

  it('a class of the upstream permits unknown fields and unknown enum values', () => {
    expect(componentSchemas([DealerResponse])).toEqual({
      Country: { type: 'string', enum: ['SE'] },
      Dealer: {
        type: 'object',
        properties: { countries: { type: 'array', items: { anyOf: [ref('Country'), { type: 'string' }] } } },
        required: ['countries'],
      },
    });
  });

  it('a pattern means the same with and without the flag u', () => {
    const { NoteBody: schema } = componentSchemas([NoteBody]);
    const { text, any } = schema?.['properties'] as Record<string, { readonly pattern?: string }>;
    expect(any).not.toHaveProperty('pattern');
    for (const flags of ['', 'u']) {
      const pattern = new RegExp(text?.pattern ?? '', flags);
      expect(['{C', 'grüße 👋', 'a\u0000', 'a\u0085'].map((value) => pattern.test(value))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    }
  });

  it('rejects a pattern that needs the flag u', () => {
    expect(() => componentSchemas([LetterBody])).toThrow('needs a form without the flag u');
  });

  it('rejects two classes with the same component name', () => {
    class Wheel extends WheelResponse {}
    expect(() => componentSchemas([WheelResponse, Wheel])).toThrow(
      'Two classes have the component name Wheel',
    );
  });
});
