export interface Addresses {
  readonly port: string;
  readonly managementPort: string;
  readonly simulator: string;
  /** The folder in which the demo and the printed commands store data. */
  readonly folder: string;
}

interface FrontendEntry {
  readonly name: string;
  readonly url: string;
  readonly users: readonly string[];
}

interface Example {
  readonly title: string;
  readonly commands: readonly string[];
}

const JSON_CALL = "-H 'X-CSRF: 1' -H 'Content-Type: application/json'";

/** Message for a terminal when everything runs: addresses, users and example commands. */
export function welcome(addresses: Addresses): string {
  const { port, managementPort, simulator, folder } = addresses;
  const frontends = frontendsOf(port).map(
    ({ name, url, users }) => `  ${name.padEnd(9)} ${url.padEnd(30)} ${users.join(', ')}`,
  );
  const examples = examplesOf(addresses).map(
    ({ title, commands }) => `${title}:\n\n${commands.join('\n')}\n`,
  );
  return `
The Sinch Provisioning BFF is running with the Sinch simulator. Ctrl-C stops both; the data is kept in .data.

${frontends.join('\n')}

  API reference and commands  http://localhost:${port}/docs
  health and metrics          http://localhost:${managementPort}/health/ready, /metrics
  simulator                   ${simulator}/_simulator
  logs                        ${folder}/service.log, simulator.log

${examples.join('\n')}
`;
}

/** The same message as one JSON log line. */
export function announcement(addresses: Addresses): string {
  const { port, managementPort, simulator } = addresses;
  const line = {
    level: 'info',
    time: new Date().toISOString(),
    msg: 'The demo is running',
    frontends: frontendsOf(port),
    management: `http://localhost:${managementPort}`,
    simulator: `${simulator}/_simulator`,
    try: examplesOf(addresses),
  };
  return `${JSON.stringify(line)}\n`;
}

function frontendsOf(port: string): readonly FrontendEntry[] {
  return [
    {
      name: 'console',
      url: `http://localhost:${port}`,
      users: ['editor@acme.example / editor-demo-password', 'viewer@acme.example / viewer-demo-password'],
    },
    {
      name: 'partners',
      url: `http://partner.localhost:${port}`,
      users: ['partner@orchard.example / partner-demo-password'],
    },
    {
      name: 'admin',
      url: `http://admin.localhost:${port}`,
      users: ['admin@bff.example / admin-demo-password'],
    },
  ];
}

/** Simple commands first. */
function examplesOf({ port, folder }: Addresses): readonly Example[] {
  return [
    editorExample(`http://localhost:${port}`, folder),
    adminExample(`http://admin.localhost:${port}`, folder),
  ];
}

function editorExample(service: string, folder: string): Example {
  const cookies = `'${folder}/cookies.txt'`;
  const signIn = `'{"email":"editor@acme.example","password":"editor-demo-password"}'`;
  const comment = `'{"comment":"Hello from the BFF"}'`;
  return {
    title: 'Sign in, read the account, post a comment',
    commands: [
      `curl -sSw '\\n' -c ${cookies} ${JSON_CALL} -d ${signIn} ${service}/session`,
      `curl -sSw '\\n' -b ${cookies} -H 'X-CSRF: 1' ${service}/v1/tenants/acme/whatsapp`,
      `curl -sSw '\\n' -b ${cookies} ${JSON_CALL} -d ${comment} ${service}/v1/tenants/acme/whatsapp/comments`,
    ],
  };
}

/** Passes the cookie by hand: unlike browsers, curl does not store a Secure cookie of a subdomain of localhost. */
function adminExample(admin: string, folder: string): Example {
  const [headers, cookie] = [`'${folder}/admin-headers.txt'`, `'${folder}/admin-cookie.txt'`];
  const keepCookie = `sed -n 's/^set-cookie: \\(__Host-bff-session=[^;]*\\).*/cookie: \\1/p' ${headers} > ${cookie}`;
  const signIn = `'{"email":"admin@bff.example","password":"admin-demo-password"}'`;
  const elevate = `'{"code":"'$(npm run --silent demo:code)'","reason":"Trying the demo","tenantId":"summit"}'`;
  return {
    title:
      'As an admin, in this folder: sign in, elevate the session for the tenant summit with a one-time code, read its account',
    commands: [
      `curl -sSw '\\n' --fail-with-body -D ${headers} ${JSON_CALL} -d ${signIn} ${admin}/session && ${keepCookie}`,
      `curl -sSw '\\n' --fail-with-body -D ${headers} -H @${cookie} ${JSON_CALL} -d ${elevate} ${admin}/session/elevation && ${keepCookie}`,
      `curl -sSw '\\n' -H @${cookie} -H 'X-CSRF: 1' ${admin}/v1/tenants/summit/whatsapp`,
    ],
  };
}
