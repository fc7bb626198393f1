/**
 * The layers of docs/architecture.md, from the top down. A folder may import from the layers below it, never from its
 * siblings, and other folders only through `@bff/<lib>`, which is the folder's index.
 */
const LAYERS = [
  ['directory', 'upstream'],
  ['credentials'],
  ['server-routing', 'session'],
  ['tenancy', 'identity'],
  ['frontends', 'audit', 'state', 'resilience'],
  ['secrets'],
  ['database'],
  ['config', 'problems'],
];

/** Packages that one folder alone may import, so that they can be replaced there. */
const CONFINED = {
  tldts: ['libs/config'],
  undici: ['libs/upstream'],
  '@nestjs/axios|axios': ['libs/credentials', 'libs/identity'],
  'drizzle-orm|pg|@electric-sql/pglite': [
    'libs/audit',
    'libs/database',
    'libs/secrets',
    'libs/tenancy',
    'libs/identity',
    'libs/credentials',
    'libs/directory',
  ],
  'passport|passport-local|openid-client|jose|@zxcvbn-ts': ['libs/identity'],
  otpauth: ['libs/identity', 'apps/demo'],
  '@node-rs/argon2': ['libs/identity'],
  piscina: ['libs/identity'],
  'pino|prom-client': ['apps/bff/src/observability'],
  'commander|uqr': ['apps/bff/src/cli'],
  '@redis/client': ['libs/state'],
};

const folder = (libs) => `^libs/(${libs.join('|')})/`;

const layerRules = LAYERS.flatMap((layer, index) =>
  layer.map((lib) => {
    const forbidden = [...LAYERS.slice(0, index).flat(), ...layer.filter((sibling) => sibling !== lib)];
    return {
      name: `${lib}-imports-down-only`,
      severity: 'error',
      from: { path: `^libs/${lib}/` },
      to: { path: forbidden.length === 0 ? '^apps/' : `^apps/|${folder(forbidden)}` },
    };
  }),
);

const confinementRules = Object.entries(CONFINED).map(([packages, folders]) => ({
  name: `confined-${packages.replace(/[^a-z]+/g, '-')}`,
  severity: 'error',
  from: { path: '^(apps|libs)/', pathNot: `^(${folders.join('|')})/` },
  to: { path: `node_modules/(${packages})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...confinementRules,
    {
      name: 'every-lib-has-a-layer',
      severity: 'error',
      from: { path: '^libs/', pathNot: folder(LAYERS.flat()) },
      to: {},
    },
    {
      name: 'other-libs-through-their-index',
      severity: 'error',
      from: { path: '^(apps/[^/]+|libs/[^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/'] },
    },
    {
      name: 'features-do-not-import-each-other',
      comment: 'Features share code through http and auth/session-document.',
      severity: 'error',
      from: { path: '^apps/bff/src/(accounts|activities|comments|tenants|home)/' },
      to: {
        path: '^apps/bff/src/(accounts|activities|comments|tenants|home|cli)/',
        pathNot: '^apps/bff/src/$1/',
      },
    },
    {
      name: 'the-simulator-is-independent',
      severity: 'error',
      from: { path: '^apps/sinch-simulator/' },
      to: { path: '^(libs|apps/(bff|demo))/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '(main|seed|code|\\.spec)\\.ts$' },
      to: {},
    },
    {
      name: 'no-dev-dependencies-in-production',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
