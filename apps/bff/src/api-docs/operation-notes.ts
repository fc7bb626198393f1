import { ADMINISTRATION_NOTES } from './administration-notes.js';
import { type OperationNote } from './operation-note.js';
import { PROVISIONING_NOTES } from './provisioning-notes.js';
import { SESSION_NOTES, SIGN_OUT_NOTES } from './session-notes.js';
import { type RouteName } from '../http/routes.js';

/** In the order in which a person would try the operations; the reader page follows it. */
export const OPERATION_NOTES: Readonly<Record<RouteName, OperationNote>> = {
  home: { summary: 'Where to go from here; in profile development alone', mediaType: 'text/plain' },
  'documentation.document': { summary: 'This document', mediaType: 'application/json' },
  'documentation.page': { summary: 'This document, to be read', mediaType: 'text/html' },
  ...SESSION_NOTES,
  ...PROVISIONING_NOTES,
  ...ADMINISTRATION_NOTES,
  ...SIGN_OUT_NOTES,
};
