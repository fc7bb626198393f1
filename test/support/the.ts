/**
 * The cast of the end-to-end tests: tenants on every server, and users with every relation to them.
 * `directory` is applied before a test; the other members are its parts.
 */
const credentials = (scheme: 'oauth2' | 'basic', name: string) => ({
  scheme,
  keyId: `${name}-key`,
  keySecret: `${name}-canary-secret`,
});

const acme = {
  id: 'acme',
  name: 'Acme Ltd',
  projectId: '6e1f2a34-0000-4000-8000-000000000001',
  environment: 'production',
  plane: 'public',
  credentials: credentials('oauth2', 'acme'),
};
const harbour = {
  id: 'harbour',
  name: 'Harbour Logistics',
  projectId: '6e1f2a34-0000-4000-8000-000000000002',
  environment: 'staging',
  plane: 'public',
  credentials: credentials('basic', 'harbour'),
};
const lantern = {
  id: 'lantern',
  name: 'Lantern Labs',
  projectId: '6e1f2a34-0000-4000-8000-000000000003',
  environment: 'staging-dev',
  plane: 'public',
  credentials: credentials('oauth2', 'lantern'),
};
/** In the environment of acme, so that a mix-up would reach the same server. */
const orchard = {
  id: 'orchard',
  name: 'Orchard Foods',
  projectId: '6e1f2a34-0000-4000-8000-000000000004',
  environment: 'production',
  plane: 'public',
  credentials: credentials('oauth2', 'orchard'),
};
/** Served only by the admin plane. */
const summit = {
  id: 'summit',
  name: 'Summit Bank',
  projectId: '6e1f2a34-0000-4000-8000-000000000005',
  environment: 'production',
  plane: 'admin',
};
/** Has no credentials. */
const bare = {
  id: 'bare',
  name: 'Bare Goods',
  projectId: '6e1f2a34-0000-4000-8000-000000000006',
  environment: 'staging',
  plane: 'public',
};

const editor = {
  email: 'editor@acme.example',
  name: 'Ed Itor',
  password: 'editor-canary-password',
  memberships: ['acme', 'harbour', 'lantern', 'bare'].map((tenant) => ({ tenant, role: 'editor' })),
};
const viewer = {
  email: 'viewer@acme.example',
  name: 'Vi Ewer',
  password: 'viewer-canary-password',
  memberships: [
    { tenant: 'acme', role: 'viewer' },
    { tenant: 'summit', role: 'viewer' },
  ],
};
/** The editor of another company; shares no tenant with the two above. */
const partner = {
  email: 'partner@orchard.example',
  name: 'Par Tner',
  password: 'partner-canary-password',
  memberships: [{ tenant: 'orchard', role: 'editor' }],
};
/** An admin; also a viewer of harbour. */
const admin = {
  email: 'admin@bff.example',
  name: 'Ad Min',
  password: 'admin-canary-password',
  totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  role: 'admin',
  memberships: [{ tenant: 'harbour', role: 'viewer' }],
};

const adminCredentials = ['production', 'staging', 'staging-dev'].map((environment) => ({
  environment,
  keyId: `admin-${environment}-key`,
  keySecret: `admin-${environment}-canary-secret`,
}));

export const the = {
  acme,
  harbour,
  lantern,
  orchard,
  summit,
  bare,
  editor,
  viewer,
  partner,
  admin,
  directory: {
    tenants: [acme, harbour, lantern, orchard, summit, bare],
    users: [editor, viewer, partner, admin],
    adminCredentials,
  },
} as const;
