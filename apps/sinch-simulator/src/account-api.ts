import { createAccount, updateAccount, type Account } from './account.js';
import { parseComment, parseCreate, parseJsonObject, parseUpdate } from './account-input.js';
import { ActivityPages, withActivity, type Author } from './activities.js';
import { emptyAnswer, jsonAnswer, type Answer } from './answer.js';
import { businessManagerFor } from './business-managers.js';
import { settledProject } from './control/seed.js';
import type { AccountOperation } from './operations.js';
import { PapiError } from './papi-error.js';
import type { Project, World } from './world.js';

/** A call that was let in. An admin may name a project that does not exist. */
export interface AccountCall {
  readonly operation: AccountOperation;
  readonly project: Project | undefined;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

type OpenProject = Project & { readonly account: Account };

const caller: Author = 'Provisioning API user';

/**
 * The six account operations (docs/upstream.md section 5). Throws `PapiError`; the checks come in the order
 * of docs/upstream.md section 12, row 10: project, input, account, state.
 */
export class AccountApi {
  readonly #pages = new ActivityPages();

  constructor(
    private readonly world: World,
    private readonly now: () => number,
  ) {}

  answer(call: AccountCall): Answer {
    switch (call.operation) {
      case 'account.get':
        return jsonAnswer(200, sound(withAccount(call.project)).account);
      case 'account.create':
        return this.#create(call);
      case 'account.update':
        return this.#update(call);
      case 'account.delete':
        return this.#delete(call);
      case 'activities.list':
        return this.#listActivities(call);
      case 'comments.create':
        return this.#comment(call);
    }
  }

  #create({ project, body, contentType }: AccountCall): Answer {
    if (project === undefined) throw new PapiError('project_not_found');
    const input = parseCreate(parseJsonObject(body, contentType));
    const businessManager = businessManagerFor(input, project.environment);
    if (sound(project).account !== undefined) throw new PapiError('account_exists');

    const account = createAccount(input, businessManager);
    this.#submit(withActivity({ ...project, account }, 'CREATED', { author: caller, at: this.now() }));
    return jsonAnswer(201, account);
  }

  #update({ project, body, contentType }: AccountCall): Answer {
    const input = parseUpdate(parseJsonObject(body, contentType));
    const open = withAccount(project);
    const account = updateAccount(open.account, input);
    if (account === undefined) throw new PapiError('account_not_updatable');

    const entry = { author: caller, at: this.now() };
    this.#submit(withActivity(withActivity({ ...open, account }, 'EDITED', entry), 'IN_PROGRESS', entry));
    return jsonAnswer(200, account);
  }

  /** The answer shows the submission as it was made; a review that is due at once shows in the next one. */
  #submit(project: Project): void {
    const { review } = project;
    this.world.put((review && settledProject(project, review, this.now())) ?? project);
  }

  #delete({ project }: AccountCall): Answer {
    if (project?.account === undefined) throw new PapiError('project_not_initialized');
    const { projectId, condition } = project;
    if (condition.senderIds.length > 0)
      throw new PapiError('account_has_senders', { projectId, senderIds: condition.senderIds });
    if (condition.pendingSenderChanges) throw new PapiError('account_has_sender_changes', { projectId });
    if (condition.templateDraftsStuck) throw new PapiError('template_could_not_delete_drafts');

    this.world.put({ ...project, account: undefined, activities: [] });
    return emptyAnswer(204);
  }

  #listActivities({ project, query }: AccountCall): Answer {
    const page = this.#pages.page(project, query);
    withAccount(project);
    return jsonAnswer(200, page);
  }

  #comment({ project, body, contentType }: AccountCall): Answer {
    const comment = parseComment(parseJsonObject(body, contentType));
    const open = sound(withAccount(project));
    const at = this.now();
    this.world.put(withActivity(open, 'COMMENT_ADDED', { author: caller, at, comment }));
    return jsonAnswer(201, { type: 'CREATED', comment, created: new Date(at).toISOString() });
  }
}

function withAccount(project: Project | undefined): OpenProject {
  if (project?.account === undefined) throw new PapiError('account_not_found');
  return { ...project, account: project.account };
}

function sound<T extends Project>(project: T): T {
  if (project.condition.corrupt) throw new PapiError('account_data_is_corrupt');
  return project;
}
