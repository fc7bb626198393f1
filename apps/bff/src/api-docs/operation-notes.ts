import { type RouteName } from '../http/routes.js';
import { ADMINISTRATION_NOTES } from './administration-notes.js';
import { type OperationNote } from './operation-note.js';
import { PROVISIONING_NOTES } from './provisioning-notes.js';
import { SESSION_NOTES, SIGN_OUT_NOTES } from './session-notes.js';

/** Notes of all operations, in the order of the documentation page, in which its commands can be run. */
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
