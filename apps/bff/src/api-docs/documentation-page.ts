import { createHash } from 'node:crypto';
import { type Command, type Commands } from './commands.js';
import { type DocumentedOperation, type OpenApiDocument, type Parameter } from './openapi.js';
import { OPERATION_NOTES } from './operation-notes.js';
import { type Schema } from '../http/response-fields.js';

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h2{margin-top:3rem;border-top:1px solid #ccc;padding-top:1rem}code,pre{font:14px/1.4 ui-monospace,monospace}h2 code{font-size:18px}
pre{background:#f4f4f4;padding:.7rem;overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.5rem 0}
td,th{border:1px solid #ddd;padding:.3rem .5rem;text-align:left;vertical-align:top}nav li{list-style:none}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}pre{background:#222}td,th{border-color:#444}a{color:#8bf}}
`;

/** The content security policy of the page: no scripts, no other origins, and only this style sheet. */
export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** The notes are in the order in which the commands can be run. */
const OPERATION_ORDER = Object.keys(OPERATION_NOTES);

/** Renders the OpenAPI document as HTML, with the commands of one frontend. */
export function documentationPage(document: OpenApiDocument, commands: Commands): string {
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
    .sort(
      (one, other) =>
        OPERATION_ORDER.indexOf(one.operation.operationId) -
        OPERATION_ORDER.indexOf(other.operation.operationId),
    );
  const contents = operations.map(
    ({ path, method, operation }) =>
      html`<li>
        <a href="#${operation.operationId}"><code>${method} ${path}</code></a> ${operation.summary}
      </li>`,
  );
  const sections = operations.map(({ path, method, operation }) =>
    section(path, method, operation, document, commands),
  );
  const errors = Object.entries(document.components.examples).map(([code, { value }]) => {
    const { status, message, resolution } = value as { status: number; message: string; resolution: string };
    return html`<tr id="${code}">
      <td>${String(status)}</td>
      <td><code>${code}</code></td>
      <td>${message} ${resolution}</td>
    </tr>`;
  });
  const { title, description } = document.info;
  return page(
    title,
    html`<h1>${title}</h1>
      ${markdown(description)}
      <p>OpenAPI document: <a href="/openapi.json">/openapi.json</a>.</p>
      <p>
        The commands are for a shell in the folder of this repository, while <code>npm start</code> runs the
        demo. They sign in as ${commands.caller.email} and keep the session in
        <code>${commands.session.file}</code>. Run them from top to bottom: the first one signs in, later ones
        remove what earlier ones created, and the last ones sign out.
      </p>
      <nav>
        <ul>
          ${raw(contents)}
          <li><a href="#errors">Errors of the service</a></li>
        </ul>
      </nav>
      ${raw(sections)}
      <h2 id="errors">Errors of the service</h2>
      <table>
        <tr>
          <th>Status</th>
          <th>errorCode</th>
          <th>Meaning</th>
        </tr>
        ${raw(errors)}
      </table>`,
  );
}

function section(
  path: string,
  method: string,
  operation: DocumentedOperation,
  document: OpenApiDocument,
  commands: Commands,
): Html {
  const body = operation.requestBody?.content['application/json'];
  const examples = Object.entries(body?.examples ?? {});
  const rows = Object.entries(operation.responses).map(
    ([status, response]) =>
      html`<tr>
        <td>${status}</td>
        <td>${codes(response.description, document)}</td>
      </tr>`,
  );
  return html` <h2 id="${operation.operationId}"><code>${method} ${path}</code></h2>
    <p>${operation.summary}.</p>
    ${markdown(operation.description)}
    ${operation.parameters.length === 0 ? '' : parameterTable(operation.parameters)}
    ${raw(examples.map(([name]) => bodyTable(name, document)))}
    ${raw(commands.of(operation.operationId).map(commandLine))}
    <table>
      <tr>
        <th>Status</th>
        <th>Response</th>
      </tr>
      ${raw(rows)}
    </table>`;
}

function commandLine({ line, status }: Command): Html {
  return html`<pre>${line}</pre>
    <p>The response in the demo is <code>${String(status)}</code>.</p>`;
}

/** Renders the Markdown of descriptions: paragraphs and code spans. */
function markdown(text: string): Html {
  const paragraphs = escaped(text)
    .replace(/`([^`]*)`/g, '<code>$1</code>')
    .split('\n\n');
  return raw(paragraphs.map((paragraph) => new Html(`<p>${paragraph}</p>`)));
}

/** Links each error code of the service to its row. */
function codes(description: string, document: OpenApiDocument): Html {
  const parts = description
    .split(', ')
    .map((code) =>
      code in document.components.examples
        ? html`<a href="#${code}"><code>${code}</code></a>`.markup
        : escaped(code),
    );
  return new Html(parts.join(', '));
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}${required ? ', required' : ''}</td>
        <td>${limits(schema)}</td>
        <td>${description}</td>
      </tr>`,
  );
  return html`<table>
    <tr>
      <th>Parameter</th>
      <th>In</th>
      <th>Limits</th>
      <th></th>
    </tr>
    ${raw(rows)}
  </table>`;
}

function bodyTable(name: string, document: OpenApiDocument): Html {
  return html`<table>
    <tr>
      <th>${name}</th>
      <th></th>
      <th>Limits</th>
    </tr>
    ${raw(fieldRows(name, '', document))}
  </table>`;
}

function fieldRows(name: string, parent: string, document: OpenApiDocument): Html[] {
  const schema = document.components.schemas[name] as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(schema.properties ?? {}).flatMap(([field, value]) => {
    const required = schema.required?.includes(field) === true ? 'required' : 'optional';
    const row = html`<tr>
      <td><code>${parent}${field}</code></td>
      <td>${required}</td>
      <td>${limits(value)}</td>
    </tr>`;
    const nested = typeof value['$ref'] === 'string' ? value['$ref'].split('/').at(-1) : undefined;
    return nested === undefined ? [row] : [row, ...fieldRows(nested, `${parent}${field}.`, document)];
  });
}

function limits(schema: Schema): string {
  const { type, enum: values, minLength, maxLength, minimum, maximum, pattern, const: constant } = schema;
  if (typeof constant === 'string') return constant;
  if (Array.isArray(values)) return values.join(' ');
  if (typeof maxLength === 'number') return `${Number(minLength)}–${maxLength} characters`;
  if (typeof maximum === 'number') return `${Number(minimum)}–${maximum}`;
  if (typeof pattern === 'string') return pattern;
  return typeof type === 'string' ? type : '';
}

/** Trusted markup; any other value is escaped when it is inserted. */
class Html {
  constructor(readonly markup: string) {}
}

function raw(parts: readonly Html[]): Html {
  return new Html(parts.map(({ markup }) => markup).join('\n'));
}

function html(strings: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const filled = values.map((value) => (value instanceof Html ? value.markup : escaped(value)));
  return new Html(strings.map((text, index) => text + (filled[index] ?? '')).join(''));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: Html): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head>`,
    `<body>${body.markup}</body></html>`,
    '',
  ].join('\n');
}
