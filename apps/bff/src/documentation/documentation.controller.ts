import { BFF_CONFIG, type BffConfig } from '@bff/config';
import { type OperationName, OPERATIONS } from '@bff/tenancy';
import { Controller, Inject } from '@nestjs/common';
import { Answer } from '../answers/bff-adapter.js';
import { Operation } from '../request/operation.js';
import { openApiDocument } from './openapi-document.js';
import { READER_CSP, readerPage } from './reader-page.js';

/** What the service can be asked, as data and as a page; both are made once. */
@Controller()
export class DocumentationController {
  private readonly document: Answer;
  private readonly page: Answer;

  constructor(@Inject(BFF_CONFIG) { profile }: BffConfig) {
    const names = (Object.keys(OPERATIONS) as OperationName[]).filter(
      (name) => name !== 'home' || profile === 'development',
    );
    const document = openApiDocument(names);
    this.document = new Answer(JSON.stringify(document), {
      'content-type': 'application/json; charset=utf-8',
    });
    this.page = new Answer(readerPage(document), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': READER_CSP,
    });
  }

  @Operation('documentation.document')
  readDocument(): Answer {
    return this.document;
  }

  @Operation('documentation.page')
  readPage(): Answer {
    return this.page;
  }
}
