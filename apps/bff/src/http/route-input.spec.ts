import { Text } from '@bff/problems';
import { expect, it } from '@jest/globals';
import { type FastifyRequest } from 'fastify';
import { readInput, type RouteInput } from './route-input.js';

class Body {
  @Text(10) name!: string;
}

function read(body: unknown, input: RouteInput): unknown {
  const request = { body } as FastifyRequest;
  void readInput(request, input);
  return request.body;
}

it('an absent body is accepted only if it is optional', () => {
  expect(read(undefined, { body: Body, bodyIsOptional: true })).toBeUndefined();
  const sentences = ['body must be an object'];
  expect(() => read(undefined, { body: Body })).toThrow(expect.objectContaining({ sentences }));
});

it.each([{ body: Body }, { body: Body, bodyIsOptional: true as const }])(
  'a body that is sent is validated by %j',
  (input) => {
    expect(read({ name: 'a' }, input)).toEqual({ name: 'a' });
    const sentences = ['other should not exist'];
    const rejected = (): unknown => read({ name: 'a', other: 1 }, input);
    expect(rejected).toThrow(expect.objectContaining({ sentences }));
  },
);
