import { createAccount, updateAccount, type Account } from './account.js';
import { parseComment, parseCreate, parseJsonObject, parseUpdate } from './account-input.js';
import { ActivityPages, withActivity, type Author } from './activities.js';
import { emptyResponse, jsonResponse, type HttpResponse } from './http-response.js';
import { businessManagerFor } from './business-managers.js';
import { settledProject } from './control/seed.js';
import type { AccountOperation } from './operations.js';
import { ApiError } from './api-error.js';
import type { Project, Store } from './store.js';

/** An authorized request. `project` is undefined if an admin names a project that does not exist. */
export interface AccountRequest {
  readonly operation: AccountOperation;
  readonly project: Project | undefined;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

type ProjectWithAccount = Project & { readonly account: Account };

const apiUser: Author = 'Provisioning API user';

/**
 * Implements the six account operations (docs/upstream.md section 5). The checks run in the order of docs/upstream.md
 * section 12, row 10: project, input, account, state.
 */
export class AccountApi {
  readonly #pages = new ActivityPages();

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** @throws ApiError */
  handle(request: AccountRequest): HttpResponse {
    switch (request.operation) {
      case 'account.get':
        return jsonResponse(200, assertNotCorrupt(requireAccount(request.project)).account);
      case 'account.create':
        return this.#create(request);
      case 'account.update':
        return this.#update(request);
      case 'account.delete':
        return this.#delete(request);
      case 'activities.list':
        return this.#listActivities(request);
      case 'comments.create':
        return this.#comment(request);
    }
  }

  #create({ project, body, contentType }: AccountRequest): HttpResponse {
    if (project === undefined) throw new ApiError('project_not_found');
    const input = parseCreate(parseJsonObject(body, contentType));
    const businessManager = businessManagerFor(input, project.environment);
    if (assertNotCorrupt(project).account !== undefined) throw new ApiError('account_exists');

    const account = createAccount(input, businessManager);
    this.#submit(withActivity({ ...project, account }, 'CREATED', { author: apiUser, at: this.now() }));
    return jsonResponse(201, account);
  }

  #update({ project, body, contentType }: AccountRequest): HttpResponse {
    const input = parseUpdate(parseJsonObject(body, contentType));
    const current = requireAccount(project);
    const account = updateAccount(current.account, input);
    if (account === undefined) throw new ApiError('account_not_updatable');

    const entry = { author: apiUser, at: this.now() };
    this.#submit(withActivity(withActivity({ ...current, account }, 'EDITED', entry), 'IN_PROGRESS', entry));
    return jsonResponse(200, account);
  }

  /** Stores a submission. The response shows it as pending, and an immediate review appears in the next response. */
  #submit(project: Project): void {
    const { review } = project;
    this.store.put((review && settledProject(project, review, this.now())) ?? project);
  }

  #delete({ project }: AccountRequest): HttpResponse {
    if (project?.account === undefined) throw new ApiError('project_not_initialized');
    const { projectId, condition } = project;
    if (condition.senderIds.length > 0)
      throw new ApiError('account_has_senders', { projectId, senderIds: condition.senderIds });
    if (condition.pendingSenderChanges) throw new ApiError('account_has_sender_changes', { projectId });
    if (condition.templateDraftsStuck) throw new ApiError('template_could_not_delete_drafts');

    this.store.put({ ...project, account: undefined, activities: [] });
    return emptyResponse(204);
  }

  #listActivities({ project, query }: AccountRequest): HttpResponse {
    const page = this.#pages.page(project, query);
    requireAccount(project);
    return jsonResponse(200, page);
  }

  #comment({ project, body, contentType }: AccountRequest): HttpResponse {
    const comment = parseComment(parseJsonObject(body, contentType));
    const current = assertNotCorrupt(requireAccount(project));
    const at = this.now();
    this.store.put(withActivity(current, 'COMMENT_ADDED', { author: apiUser, at, comment }));
    return jsonResponse(201, { type: 'CREATED', comment, created: new Date(at).toISOString() });
  }
}

function requireAccount(project: Project | undefined): ProjectWithAccount {
  if (project?.account === undefined) throw new ApiError('account_not_found');
  return { ...project, account: project.account };
}

function assertNotCorrupt<T extends Project>(project: T): T {
  if (project.condition.corrupt) throw new ApiError('account_data_is_corrupt');
  return project;
}
