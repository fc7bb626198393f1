import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: [],
  lib: ['lib.es2024.d.ts'],
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
};

const FILE = '/client.ts';

let types: string;
beforeAll(async () => {
  const document = await readFile(new URL('../../openapi.json', import.meta.url), 'utf8');
  types = astToString(await openapiTS(document));
});

/** The compiler messages for the generated types and a client that uses them. */
function compilerMessages(client: string): readonly string[] {
  const source = `${types}\ntype Schemas = components['schemas'];\n${client}`;
  const files = ts.createCompilerHost(OPTIONS);
  const program = ts.createProgram([FILE], OPTIONS, {
    ...files,
    getSourceFile: (name, ...options) =>
      name === FILE
        ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2024)
        : files.getSourceFile(name, ...options),
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** A client that uses only documented members and values. */
const CORRECT = `
  export function displayName({ details, changes }: Schemas['Account']): string | undefined {
    return details?.senderDetails.displayName ?? changes?.details?.senderDetails?.displayName;
  }
  export const later: Schemas['Activity']['type'] = 'A_TYPE_OF_A_LATER_VERSION';
  export const other: Schemas['Account'] = {
    isEmbeddedSignup: false,
    businessManager: 'SINCH_UK',
    compatibleRegions: ['eu'],
    state: 'A_STATE_OF_A_LATER_VERSION',
  };
  export const texts: Readonly<Record<Schemas['AccountState'], string>> = {
    ONBOARDED: 'Ready',
    PENDING_FACEBOOK_VERIFICATION: 'Waiting for Meta',
    REJECTED: 'Rejected',
  };
  export const codes: readonly Schemas['ErrorCode'][] = ['bff_session_required', 'account_not_found'];
  type Check = paths['/v1/admin/tenants/{tenantId}/credentials/check']['post'];
  export function failure(body: Check['responses'][200]['content']['application/json']): string | null {
    return body.ok ? null : body.errorCode;
  }
  export function endOf({ elevation }: Schemas['Session']): string | null {
    return elevation === null ? null : elevation.expiresAt;
  }
  export function value({ details }: Schemas['AuditEvent']): unknown {
    return details['cause'];
  }
`;

/** Clients that use an undocumented member or value, each with the message of the compiler. */
const WRONG: readonly (readonly [string, RegExp])[] = [
  [
    `export const of = (a: Schemas['Account']): unknown => a.details?.legalName;`,
    /'legalName' does not exist/,
  ],
  [
    `export const of = (a: Schemas['Account']): unknown => a.changes?.details?.legalName;`,
    /'legalName' does not exist/,
  ],
  [`export const of: Schemas['AccountState'] = 'APPROVED';`, /"APPROVED"' is not assignable/],
  [`export const of: Schemas['AccountChangeState'] = 'APPROVED';`, /"APPROVED"' is not assignable/],
  [`export const of: Schemas['ActivityType'] = 'ONBOARDED';`, /"ONBOARDED"' is not assignable/],
  [`export const of: Schemas['ErrorCode'] = 'bff_unheard_of';`, /"bff_unheard_of"' is not assignable/],
  [`export const of = (s: Schemas['Session']): string => s.elevation.reason;`, /possibly 'null'/],
];

describe('the types that openapi-typescript generates from openapi.json', () => {
  it('compile in strict mode, together with a client that reads accounts, errors and sessions', () => {
    expect(compilerMessages(CORRECT)).toEqual([]);
  });

  it.each(WRONG)('do not permit %s', (client, message) => {
    expect(compilerMessages(client)).toEqual([expect.stringMatching(message)]);
  });
});
