import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface DemoDirectory {
  readonly tenants: readonly {
    readonly id: string;
    readonly name: string;
    readonly projectId: string;
    readonly environment: string;
    readonly credentials?: { readonly keyId: string; readonly keySecret: string };
  }[];
  readonly adminCredentials: readonly {
    readonly environment: string;
    readonly keyId: string;
    readonly keySecret: string;
  }[];
}

/** Initial account state by tenant, so that every operation can be tried; all other accounts are onboarded. */
const ACCOUNTS: Readonly<Record<string, string>> = { lantern: 'NONE', orchard: 'REJECTED', sandbox: 'NONE' };

/**
 * Immediate review outcome by tenant: the sandbox is rejected, so that its account can be created, corrected and
 * deleted repeatedly.
 */
const REVIEW_OUTCOMES: Readonly<Record<string, string>> = { sandbox: 'REJECTED' };

/** A project without a tenant: the commands of /docs add and remove the tenant. */
const NORTHWIND = {
  environment: 'production',
  projectId: '6e1f2a34-0000-4000-8000-00000000000f',
  name: 'Northwind Traders Ltd',
  clients: [{ keyId: 'northwind-key', keySecret: 'northwind-demo-secret' }],
};

/** Registers the projects and access keys of the demo directory at the simulator, which keeps existing accounts. */
export async function seedSimulator(simulator: string, directoryFile: string): Promise<void> {
  const directory = parse(readFileSync(directoryFile, 'utf8')) as DemoDirectory;
  for (const { id, name, projectId, environment, credentials } of directory.tenants) {
    const clients =
      credentials === undefined ? [] : [{ keyId: credentials.keyId, keySecret: credentials.keySecret }];
    await put(`${simulator}/_simulator/projects`, {
      environment,
      projectId,
      name,
      clients,
      account: ACCOUNTS[id] ?? 'ONBOARDED',
      review: REVIEW_OUTCOMES[id],
    });
  }
  await put(`${simulator}/_simulator/projects`, NORTHWIND);
  for (const client of directory.adminCredentials) await put(`${simulator}/_simulator/admin-clients`, client);
}

async function put(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok)
    throw new Error(`PUT ${url} failed with status ${response.status}: ${await response.text()}`);
}
