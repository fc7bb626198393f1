import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { Problem } from '@bff/problems';
import { Controller, Inject, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { HttpResponse } from '../http/bff-adapter.js';
import { Serves } from '../http/handler-decorators.js';
import { Commands } from './commands.js';
import { openApiDocument } from './openapi-document.js';
import { PAGE_CSP, documentationPage } from './documentation-page.js';
import { type RouteName, ROUTES } from '../http/routes.js';

/** Serves the OpenAPI document and one documentation page per frontend; all are generated at start-up. */
@Controller()
export class DocumentationController {
  private readonly document: HttpResponse<string>;
  private readonly pages: ReadonlyMap<string, HttpResponse<string>>;

  constructor(@Inject(BFF_CONFIG) { profile, frontends }: BffConfig) {
    const names = (Object.keys(ROUTES) as RouteName[]).filter(
      (name) => name !== 'home' || profile === 'development',
    );
    const document = openApiDocument(names);
    this.document = new HttpResponse(JSON.stringify(document), {
      'content-type': 'application/json; charset=utf-8',
    });
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_CSP };
    this.pages = new Map(
      frontends.map((frontend) => [
        frontend.name,
        new HttpResponse(documentationPage(document, new Commands(frontend)), headers),
      ]),
    );
  }

  @Serves('documentation.document')
  readDocument(): HttpResponse<string> {
    return this.document;
  }

  @Serves('documentation.page')
  readPage(@Req() { bff: { frontend } }: FastifyRequest): HttpResponse<string> {
    const page = this.pages.get(frontend?.name ?? '');
    if (page === undefined) throw new Problem('bff_unknown_host');
    return page;
  }
}
