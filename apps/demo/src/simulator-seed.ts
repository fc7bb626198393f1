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

/** Accounts to begin with, so that every operation can be tried; the others are onboarded. */
const ACCOUNTS: Readonly<Record<string, string>> = { lantern: 'NONE', orchard: 'REJECTED', sandbox: 'NONE' };

/** Rejects every submission at once, so that creating, correcting and deleting an account can be repeated. */
const REVIEW_OUTCOMES: Readonly<Record<string, string>> = { sandbox: 'REJECTED' };

/** A project that is not a tenant yet: the commands of /docs add it and remove it again. */
const NORTHWIND = {
  environment: 'production',
  projectId: '6e1f2a34-0000-4000-8000-00000000000f',
  name: 'Northwind Traders Ltd',
  clients: [{ keyId: 'northwind-key', keySecret: 'northwind-demo-secret' }],
};

/** Tells the simulator the projects and access keys of the demo directory; what it knows already it keeps. */
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
  if (!response.ok) throw new Error(`PUT ${url} was answered ${response.status}: ${await response.text()}`);
}
