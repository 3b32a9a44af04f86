import type { Option } from './command.ts';

/** Options that several commands share. */
export const outputOption = {
  output: { type: 'string', short: 'o', value: 'FORMAT', says: 'text (default) or json' },
} as const satisfies Record<string, Option>;

export const adminCaOption = {
  'admin-ca': {
    type: 'string',
    value: 'FILE',
    says: 'who may sign its certificate, PEM (default: $COPPICE_ADMIN_CA_FILE, or whom Node trusts)',
  },
} as const satisfies Record<string, Option>;

export const whereOptions = {
  admin: { type: 'string', value: 'URL', says: 'the admin API of a replica (default: http://127.0.0.1:5443)' },
  'token-file': { type: 'string', value: 'FILE', says: 'the key for it (default: $COPPICE_ADMIN_TOKEN_FILE)' },
  ...adminCaOption,
  storage: { type: 'string', value: 'DIR', says: 'straight on this storage, also while replicas serve it' },
  config: { type: 'string', value: 'FILE', says: 'straight on the storage of this replica’s configuration' },
} as const satisfies Record<string, Option>;

export const namespaceOptions = {
  namespace: { type: 'string', short: 'n', value: 'NAMESPACE', says: 'what is in this namespace' },
  'all-namespaces': { type: 'boolean', short: 'A', says: 'what is in any, with a column for it' },
} as const satisfies Record<string, Option>;

export const resourceOptions = {
  file: {
    type: 'string',
    short: 'f',
    multiple: true,
    value: 'FILE',
    says: 'RetentionPolicy and DeleteRequest resources (YAML, - for standard input); may be repeated',
  },
  'delete-untagged': { type: 'boolean', says: 'manifests that nothing refers to and no tag names go, too' },
} as const satisfies Record<string, Option>;
