import { type RouteName } from '../http/routes.js';
import { ADMINISTRATION_NOTES } from './administration-notes.js';
import { type OperationNote } from './operation-note.js';
import { PROVISIONING_NOTES } from './provisioning-notes.js';
import { SESSION_NOTES, SIGN_OUT_NOTES } from './session-notes.js';

/** In the order in which a person would try the operations; the reader page follows it. */
export const OPERATION_NOTES: Readonly<Record<RouteName, OperationNote>> = {
  home: {
    summary: 'Show the addresses and users of a development server',
    description: 'Exists only in profile `development`.',
    response: 'text',
    mediaType: 'text/plain',
  },
  'documentation.document': { summary: 'Read this document', response: 'object' },
  'documentation.page': {
    summary: 'Read this document as a page, with commands to try',
    response: 'text',
    mediaType: 'text/html',
  },
  ...SESSION_NOTES,
  ...PROVISIONING_NOTES,
  ...ADMINISTRATION_NOTES,
  ...SIGN_OUT_NOTES,
};
