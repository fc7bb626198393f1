import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Problem } from '@bff/problems';
import { Controller, Inject, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { Serves } from '../http/handler-decorators.js';
import { Commands } from './commands.js';
import { openApiDocument } from './openapi-document.js';
import { type OpenApiDocument } from './openapi.js';
import { PAGE_CSP, documentationPage } from './documentation-page.js';
import { type RouteName, ROUTES } from '../http/routes.js';

const PAGE_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_CSP };
const DOCUMENT_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Serves the OpenAPI document and one documentation page per frontend; each is generated when it is first requested. */
@Controller()
export class DocumentationController {
  private document: OpenApiDocument | undefined;
  private documentResponse: HttpResponse<string> | undefined;
  private readonly pages = new Map<string, HttpResponse<string>>();

  constructor(@Inject(BFF_CONFIG) private readonly config: BffConfig) {}

  @Serves('documentation.document')
  readDocument(): HttpResponse<string> {
    return (this.documentResponse ??= new HttpResponse(JSON.stringify(this.generated()), DOCUMENT_HEADERS));
  }

  @Serves('documentation.page')
  readPage(@Req() { bff: { frontend } }: FastifyRequest): HttpResponse<string> {
    if (frontend === null) throw new Problem('bff_unknown_host');
    let page = this.pages.get(frontend.name);
    if (page === undefined) {
      page = new HttpResponse(documentationPage(this.generated(), new Commands(frontend)), PAGE_HEADERS);
      this.pages.set(frontend.name, page);
    }
    return page;
  }

  private generated(): OpenApiDocument {
    const names = Object.keys(ROUTES) as RouteName[];
    return (this.document ??= openApiDocument(
      names.filter((name) => name !== 'home' || this.config.profile === 'development'),
    ));
  }
}
