export interface Addresses {
  readonly port: string;
  readonly managementPort: string;
  readonly simulator: string;
  readonly cookieFile: string;
}

/** What a newcomer sees when everything runs: where, who, and three commands that work as they stand. */
export function welcome({ port, managementPort, simulator, cookieFile }: Addresses): string {
  const service = `http://localhost:${port}`;
  const cookies = `'${cookieFile}'`;
  const signIn = `'{"email":"editor@acme.example","password":"editor-demo-password"}'`;
  return `
The Sinch Provisioning BFF is running, against the Sinch simulator. Ctrl-C stops both; the data stays in .data.

  console  ${service}          editor@acme.example / editor-demo-password, viewer@acme.example / viewer-demo-password
  partners http://partner.localhost:${port}  partner@orchard.example / partner-demo-password
  admin    http://admin.localhost:${port}    admin@bff.example / admin-demo-password
  health and metrics http://localhost:${managementPort}    simulator ${simulator}/_simulator

Sign in, read the account, post a comment:

curl -sSw '\\n' -c ${cookies} -H 'X-CSRF: 1' -H 'Content-Type: application/json' -d ${signIn} ${service}/session
curl -sSw '\\n' -b ${cookies} -H 'X-CSRF: 1' ${service}/v1/tenants/acme/whatsapp
curl -sSw '\\n' -b ${cookies} -H 'X-CSRF: 1' -H 'Content-Type: application/json' -d '{"comment":"Hello from the BFF"}' ${service}/v1/tenants/acme/whatsapp/comments
`;
}
