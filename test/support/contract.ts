import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Schema } from '../../apps/bff/src/http/response-fields.js';
import { type DocumentedOperation, type OpenApiDocument } from '../../apps/bff/src/api-docs/openapi.js';
import { type Answer } from './browser.js';
import { type Bff } from './start-bff.js';
import { type RouteName, ROUTES } from '../../apps/bff/src/http/routes.js';

const PROBLEM = 'application/problem+json';
const JSON_TYPE = 'application/json';

/** ISO 8601 UTC with milliseconds (docs/contract.md section 3). */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const EMAIL = /^[^@\s]+@[^@\s]+$/;

/** `201 success` or `403 bff_role_required`: a documented response. */
export type Pair = `${number} ${string}`;

/** An operation of `GET /openapi.json`. */
export interface ContractOperation {
  readonly method: string;
  /** With parameters such as `{tenantId}`. */
  readonly path: string;
  readonly documented: DocumentedOperation;
}

export interface Parameters {
  readonly tenantId?: string;
  readonly sessionId?: string;
  readonly userId?: string;
}

/** A documented error of the upstream. */
export interface UpstreamExample {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
  readonly resolution: string;
}

/** The OpenAPI document of a running service, and checks of responses and bodies against it. */
export class Contract {
  private readonly operations = new Map<string, ContractOperation>();
  private readonly ajv = new Ajv2020({
    strict: false,
    formats: { 'date-time': TIME, email: EMAIL, uri: (text) => URL.canParse(text) },
  });

  static async of(bff: Bff): Promise<Contract> {
    const answer = await bff.browser().get('/openapi.json');
    expect(answer.status).toBe(200);
    return new Contract(answer.json as OpenApiDocument);
  }

  private constructor(readonly document: OpenApiDocument) {
    this.ajv.addSchema(document, 'openapi');
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, documented] of Object.entries(methods)) {
        this.operations.set(documented.operationId, { method: method.toUpperCase(), path, documented });
      }
    }
  }

  get names(): readonly string[] {
    return [...this.operations.keys()];
  }

  operation(name: RouteName): ContractOperation {
    const operation = this.operations.get(name);
    if (operation === undefined) throw new Error(`The document has no operation ${name}`);
    return operation;
  }

  /** The request target of an operation; parameters are inserted unchanged. */
  target(
    name: RouteName,
    { tenantId = 'acme', sessionId = 'none', userId = 'nobody' }: Parameters = {},
  ): string {
    return this.operation(name)
      .path.replace('{tenantId}', () => tenantId)
      .replace('{sessionId}', () => sessionId)
      .replace('{userId}', () => userId);
  }

  /** The first example of a body. */
  exampleBody(name: RouteName): object | undefined {
    const content = this.operation(name).documented.requestBody?.content;
    const [first] = Object.values(content ?? {});
    return Object.values(first?.examples ?? {})[0]?.value;
  }

  methodsAt(path: string): readonly string[] {
    return Object.keys(this.document.paths[path] ?? {}).map((method) => method.toUpperCase());
  }

  /** Every documented response of an operation, without `default`, which no operation in particular gives. */
  pairs(name: RouteName): readonly Pair[] {
    const { responses } = this.operation(name).documented;
    const specific = Object.entries(responses).filter(([status]) => status !== 'default');
    return specific.flatMap(([status, { content }]): Pair[] => {
      const examples = content?.[PROBLEM]?.examples;
      return Number(status) < 400
        ? [`${Number(status)} success`]
        : Object.keys(examples ?? {}).map((code): Pair => `${Number(status)} ${code}`);
    });
  }

  bodySchema(name: RouteName): Schema | undefined {
    return this.operation(name).documented.requestBody?.content[JSON_TYPE]?.schema;
  }

  successStatus(name: RouteName): number {
    return ROUTES[name].status;
  }

  successSchema(name: RouteName): Schema | undefined {
    const { responses } = this.operation(name).documented;
    return responses[this.successStatus(name)]?.content?.[JSON_TYPE]?.schema;
  }

  upstreamErrors(name: RouteName): readonly UpstreamExample[] {
    return Object.values(this.operation(name).documented.responses)
      .flatMap(({ content }) => Object.values(content?.[PROBLEM]?.examples ?? {}))
      .flatMap((example) => ('value' in example ? [example.value as UpstreamExample] : []));
  }

  /** Resolves a reference of the document. */
  resolve(reference: string): Schema {
    const name = reference.replace('#/components/schemas/', '');
    const schema = this.document.components.schemas[name];
    if (schema === undefined) throw new Error(`${reference} dangles`);
    return schema;
  }

  acceptsBody(name: RouteName, body: unknown): boolean {
    const { path, method } = this.operation(name);
    return this.validatorAt('paths', path, method, 'requestBody', 'content', JSON_TYPE, 'schema')(body);
  }

  expectValid(component: string, value: unknown): void {
    this.expectPassed(this.validatorAt('components', 'schemas', component), value);
  }

  /**
   * Expects status, code, media type and body as documented for the operation.
   * @returns the documented response
   */
  expectDocumented(name: RouteName, answer: Answer): Pair {
    const { path, method, documented } = this.operation(name);
    const [mediaType] = answer.headers['content-type']?.split(/ *;/) ?? [];
    const pair = pairOf(answer);
    expect([name, this.pairs(name)]).toEqual([name, expect.arrayContaining([pair])]);
    const content = documented.responses[answer.status]?.content;
    expect([pair, mediaType === undefined ? [] : [mediaType]]).toEqual([pair, Object.keys(content ?? {})]);
    if (mediaType === undefined) {
      expect(answer.bytes).toHaveLength(0);
      return pair;
    }
    const value = mediaType.endsWith('json') ? answer.json : answer.text;
    const inDocument = ['responses', String(answer.status), 'content', mediaType, 'schema'];
    this.expectPassed(this.validatorAt('paths', path, method, ...inDocument), value);
    return pair;
  }

  private expectPassed(validate: ValidateFunction, value: unknown): void {
    validate(value);
    expect({ value, errors: validate.errors ?? [] }).toEqual({ value, errors: [] });
  }

  private validatorAt(...place: readonly string[]): ValidateFunction {
    const [first, path = '', method = '', ...rest] = place;
    const steps = first === 'paths' ? [first, path, method.toLowerCase(), ...rest] : place;
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
    const validate = this.ajv.getSchema(`openapi#/${pointer.join('/')}`);
    if (validate === undefined) throw new Error(`The document has nothing at ${place.join(' > ')}`);
    return validate;
  }
}

export function pairOf(answer: Answer): Pair {
  if (answer.status < 400) return `${answer.status} success`;
  return `${answer.status} ${(answer.json as { readonly errorCode: string }).errorCode}`;
}
