/** The lines between rooms (docs/adr/0001-rooms.md): data flows down, and only one room speaks to a cluster. */
export default {
  forbidden: [
    {
      name: 'core-is-alone',
      comment: 'core/ decides; it reaches no other room and nothing of Node.',
      severity: 'error',
      from: { path: '^core/', pathNot: '(\\.test\\.ts$|/testing/)' },
      to: { path: '^(registry|operator|cli|hack|bench)/' },
    },
    {
      name: 'core-without-node',
      severity: 'error',
      from: { path: '^core/', pathNot: '(\\.test\\.ts$|/testing/)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'registry-and-operator-apart',
      severity: 'error',
      from: { path: '^registry/', pathNot: '\\.full\\.test\\.ts$' },
      to: { path: '^(operator|cli|hack|bench)/' },
    },
    {
      name: 'operator-and-registry-apart',
      severity: 'error',
      from: { path: '^operator/' },
      to: { path: '^(registry|cli|hack|bench)/' },
    },
    {
      name: 'one-room-speaks-to-clusters',
      severity: 'error',
      from: { pathNot: '^operator/kubernetes/' },
      to: { path: '@kubernetes/client-node' },
    },
    {
      name: 'shipped-code-needs-no-test-tools',
      severity: 'error',
      from: { path: '^(core|registry|operator|cli)/', pathNot: '(\\.test\\.ts$|/testing/)' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
