/* Generated from crds/ by `npm run generate`: do not edit. */
import type { Definition } from './schema.ts';
import type { Kinds } from './types.ts';

/** What crds/ says of each kind, but for what is written there for people. */
export const definitions: Readonly<Record<keyof Kinds, Definition>> = {
  Registry: {
    plural: 'registries',
    singular: 'registry',
    shortNames: ['cregistry'],
    categories: ['coppice'],
    columns: [
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', isWide: false },
      { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas.registered', isWide: false },
      { name: 'Phase', type: 'string', jsonPath: '.status.gate.phase', isWide: false },
      { name: 'Last Run', type: 'string', jsonPath: '.status.lastRun.name', isWide: false },
      { name: 'Reclaimed', type: 'integer', jsonPath: '.status.lastRun.reclaimedBytes', isWide: false },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', isWide: false },
      { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', isWide: true },
      { name: 'Epoch', type: 'integer', jsonPath: '.status.gate.epoch', isWide: true },
    ],
    schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          rules: [
            {
              rule: 'has(self.endpoints) != has(self.replicas)',
              message: 'must have exactly one of endpoints and replicas',
            },
          ],
          type: 'object',
          properties: {
            endpoints: {
              type: 'array',
              listType: 'set',
              minItems: 1,
              maxItems: 64,
              items: { type: 'string', maxLength: 512, pattern: '^https?://[^/?#@ ]+/?$' },
            },
            replicas: {
              type: 'object',
              properties: {
                podSelector: {
                  type: 'object',
                  properties: {
                    matchLabels: {
                      type: 'object',
                      additionalProperties: {
                        type: 'string',
                        maxLength: 63,
                        pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$',
                      },
                      minProperties: 1,
                      maxProperties: 32,
                    },
                  },
                  required: ['matchLabels'],
                },
                adminPort: { default: 5443, type: 'integer', minimum: 1, maximum: 65535 },
                serverName: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 253,
                  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
                },
                caSecretRef: {
                  type: 'object',
                  properties: {
                    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
                    key: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[-._A-Za-z0-9]+$' },
                  },
                  required: ['name', 'key'],
                },
              },
              required: ['podSelector'],
            },
            auth: {
              type: 'object',
              properties: { tokenFile: { type: 'string', minLength: 1, maxLength: 4096 } },
              required: ['tokenFile'],
            },
            collection: {
              rules: [
                {
                  rule: '!has(self.timeZone) || has(self.schedule)',
                  message: 'timeZone means nothing without schedule',
                  fieldPath: '.timeZone',
                },
                {
                  rule: '!has(self.startingDeadlineSeconds) || has(self.schedule)',
                  message: 'startingDeadlineSeconds means nothing without schedule',
                  fieldPath: '.startingDeadlineSeconds',
                },
              ],
              type: 'object',
              properties: {
                schedule: { type: 'string', minLength: 1, maxLength: 128 },
                timeZone: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_+/-]+$' },
                startingDeadlineSeconds: { type: 'integer', minimum: 1, maximum: 2147483647 },
                allowed: {
                  type: 'array',
                  minItems: 1,
                  maxItems: 32,
                  items: {
                    type: 'object',
                    properties: {
                      schedule: { type: 'string', minLength: 1, maxLength: 128 },
                      duration: {
                        rules: [
                          {
                            rule: "duration(self) >= duration('1m') && duration(self) <= duration('168h')",
                            message: 'must be from 1m to 168h',
                          },
                        ],
                        type: 'string',
                        maxLength: 18,
                        pattern: '^([0-9]{1,5}(h|m|s)){1,3}$',
                      },
                    },
                    required: ['schedule', 'duration'],
                  },
                },
                untagged: { default: 'Keep', type: 'string', enum: ['Keep', 'Delete'] },
                successfulRunsHistoryLimit: { default: 3, type: 'integer', minimum: 0, maximum: 1000 },
                failedRunsHistoryLimit: { default: 3, type: 'integer', minimum: 0, maximum: 1000 },
              },
            },
            protections: {
              type: 'object',
              properties: {
                cluster: {
                  type: 'object',
                  properties: {
                    namespaces: {
                      type: 'array',
                      maxItems: 1000,
                      items: {
                        type: 'string',
                        minLength: 1,
                        maxLength: 63,
                        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
                      },
                    },
                    kinds: {
                      type: 'array',
                      maxItems: 8,
                      items: {
                        type: 'string',
                        enum: [
                          'Pod',
                          'Deployment',
                          'ReplicaSet',
                          'StatefulSet',
                          'DaemonSet',
                          'Job',
                          'CronJob',
                          'ControllerRevision',
                        ],
                      },
                    },
                  },
                },
                aliases: {
                  type: 'array',
                  maxItems: 64,
                  items: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 262,
                    pattern: '^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$',
                  },
                },
              },
            },
            limits: {
              type: 'object',
              properties: {
                unapprovedDeletes: { default: 0, type: 'integer', minimum: 0, maximum: 10000000 },
                maxDeletesPerRun: { type: 'integer', minimum: 0, maximum: 10000000 },
                maxDeletePercent: { type: 'integer', minimum: 0, maximum: 100 },
              },
            },
            readOnly: {
              type: 'object',
              properties: { enabled: { type: 'boolean' }, reason: { type: 'string', maxLength: 1024 } },
              required: ['enabled'],
            },
            suspend: { default: false, type: 'boolean' },
          },
        },
        status: {
          default: { observedGeneration: -1 },
          type: 'object',
          properties: {
            observedGeneration: { type: 'integer', minimum: -1 },
            lastHandledReconcileAt: { type: 'string', maxLength: 4096 },
            storageId: { type: 'string', maxLength: 256 },
            gate: {
              type: 'object',
              properties: {
                epoch: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                phase: { type: 'string', enum: ['OPEN', 'MARKING', 'HOLDING', 'SWEEPING'] },
              },
              required: ['epoch', 'phase'],
            },
            replicas: {
              type: 'object',
              properties: {
                registered: { type: 'integer', minimum: 0, maximum: 1000000 },
                coherent: { type: 'integer', minimum: 0, maximum: 1000000 },
                unknown: { type: 'integer', minimum: 0, maximum: 1000000 },
              },
              required: ['registered', 'coherent', 'unknown'],
            },
            lastRun: {
              type: 'object',
              properties: {
                name: { type: 'string', maxLength: 253 },
                result: { type: 'string', maxLength: 1024 },
                completionTime: { type: 'string', format: 'date-time', maxLength: 64 },
                reclaimedBytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              },
              required: ['name', 'result', 'reclaimedBytes'],
            },
            lastScheduleTime: { type: 'string', format: 'date-time', maxLength: 64 },
            nextRunTime: { type: 'string', format: 'date-time', maxLength: 64 },
            conditions: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['type'],
              maxItems: 16,
              items: {
                type: 'object',
                properties: {
                  type: { type: 'string', minLength: 1, maxLength: 316, pattern: '^[A-Za-z0-9][-A-Za-z0-9_./]*$' },
                  status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                  observedGeneration: { type: 'integer', minimum: 0 },
                  lastTransitionTime: { type: 'string', format: 'date-time', maxLength: 64 },
                  reason: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 1024,
                    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
                  },
                  message: { type: 'string', maxLength: 32768 },
                },
                required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
              },
            },
          },
          required: ['observedGeneration'],
        },
      },
    },
  },
  RetentionPolicy: {
    plural: 'retentionpolicies',
    singular: 'retentionpolicy',
    shortNames: ['retpol'],
    categories: ['coppice'],
    columns: [
      { name: 'Registry', type: 'string', jsonPath: '.spec.registryRef.name', isWide: false },
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode', isWide: false },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', isWide: false },
      { name: 'Candidates', type: 'integer', jsonPath: '.status.lastEvaluation.manifests', isWide: false },
      { name: 'Next Run', type: 'string', jsonPath: '.status.nextRunTime', isWide: false },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', isWide: false },
      { name: 'Reclaimable', type: 'integer', jsonPath: '.status.lastEvaluation.uniqueBytes', isWide: true },
      { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', isWide: true },
    ],
    schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          rules: [
            {
              rule: '!has(self.timeZone) || has(self.schedule)',
              message: 'timeZone means nothing without schedule',
              fieldPath: '.timeZone',
            },
            {
              rule: '!has(self.startingDeadlineSeconds) || has(self.schedule)',
              message: 'startingDeadlineSeconds means nothing without schedule',
              fieldPath: '.startingDeadlineSeconds',
            },
          ],
          type: 'object',
          properties: {
            registryRef: {
              type: 'object',
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              },
              required: ['name'],
            },
            mode: { default: 'Preview', type: 'string', enum: ['Preview', 'Enforce'] },
            schedule: { type: 'string', minLength: 1, maxLength: 128 },
            timeZone: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_+/-]+$' },
            startingDeadlineSeconds: { type: 'integer', minimum: 1, maximum: 2147483647 },
            repositories: {
              type: 'object',
              properties: {
                include: {
                  type: 'array',
                  minItems: 1,
                  maxItems: 256,
                  items: {
                    rules: [
                      {
                        rule: "!self.matches('[^/][*][*]') && !self.matches('[*][*][^/]')",
                        message: '** must be a whole segment of the name',
                      },
                    ],
                    type: 'string',
                    minLength: 1,
                    maxLength: 255,
                    pattern: '^[a-z0-9_.?*-]+(/[a-z0-9_.?*-]+)*$',
                  },
                },
                exclude: {
                  type: 'array',
                  maxItems: 256,
                  items: {
                    rules: [
                      {
                        rule: "!self.matches('[^/][*][*]') && !self.matches('[*][*][^/]')",
                        message: '** must be a whole segment of the name',
                      },
                    ],
                    type: 'string',
                    minLength: 1,
                    maxLength: 255,
                    pattern: '^[a-z0-9_.?*-]+(/[a-z0-9_.?*-]+)*$',
                  },
                },
              },
              required: ['include'],
            },
            rules: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['name'],
              minItems: 1,
              maxItems: 64,
              items: {
                rules: [
                  {
                    rule: "!has(self.tags.untagged) || !has(self.keep.orderBy) || self.keep.orderBy != 'semver'",
                    message: 'must not be semver for untagged manifests: they have no version',
                    fieldPath: '.keep.orderBy',
                  },
                ],
                type: 'object',
                properties: {
                  name: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
                  tags: {
                    rules: [
                      {
                        rule: '(has(self.glob) ? 1 : 0) + (has(self.regex) ? 1 : 0) + (has(self.semver) ? 1 : 0) + (has(self.untagged) ? 1 : 0) == 1',
                        message: 'must have exactly one of glob, regex, semver and untagged',
                      },
                    ],
                    type: 'object',
                    properties: {
                      glob: {
                        type: 'array',
                        minItems: 1,
                        maxItems: 64,
                        items: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[a-zA-Z0-9_.?*-]+$' },
                      },
                      regex: { type: 'string', minLength: 1, maxLength: 1024 },
                      semver: { type: 'string', minLength: 1, maxLength: 256 },
                      untagged: { type: 'boolean', enum: [true] },
                    },
                  },
                  keep: {
                    type: 'object',
                    properties: {
                      latest: { type: 'integer', minimum: 0, maximum: 1000000 },
                      orderBy: { type: 'string', enum: ['pushed', 'semver'] },
                      pushedWithin: { type: 'string', maxLength: 64, pattern: '^([0-9]+(w|d|h|m|s))+$' },
                      pulledWithin: { type: 'string', maxLength: 64, pattern: '^([0-9]+(w|d|h|m|s))+$' },
                    },
                  },
                },
                required: ['name', 'tags', 'keep'],
              },
            },
            limits: {
              type: 'object',
              properties: {
                maxDeletesPerRun: { type: 'integer', minimum: 0, maximum: 10000000 },
                maxDeletePercent: { type: 'integer', minimum: 0, maximum: 100 },
              },
            },
            approvedPlan: { type: 'string', maxLength: 135, pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})?$' },
            suspend: { default: false, type: 'boolean' },
          },
          required: ['registryRef', 'repositories', 'rules'],
        },
        status: {
          default: { observedGeneration: -1 },
          type: 'object',
          properties: {
            observedGeneration: { type: 'integer', minimum: -1 },
            lastHandledReconcileAt: { type: 'string', maxLength: 4096 },
            lastEvaluation: {
              type: 'object',
              properties: {
                time: { type: 'string', format: 'date-time', maxLength: 64 },
                generation: { type: 'integer', minimum: 1 },
                planDigest: { type: 'string', maxLength: 135 },
                brake: { type: 'string', maxLength: 4096 },
                repositories: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                tags: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                manifests: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                uniqueBytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                protected: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                topRepositories: {
                  type: 'array',
                  maxItems: 10,
                  items: {
                    type: 'object',
                    properties: {
                      repository: { type: 'string', maxLength: 255 },
                      tags: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                      manifests: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                    },
                    required: ['repository', 'tags', 'manifests'],
                  },
                },
              },
              required: [
                'time',
                'generation',
                'planDigest',
                'repositories',
                'tags',
                'manifests',
                'uniqueBytes',
                'protected',
                'topRepositories',
              ],
            },
            report: {
              type: 'object',
              properties: {
                run: { type: 'string', maxLength: 63 },
                items: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              },
              required: ['run', 'items'],
            },
            runRef: { type: 'object', properties: { name: { type: 'string', maxLength: 63 } }, required: ['name'] },
            result: {
              type: 'object',
              properties: {
                deleted: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                spared: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                undoableUntil: { type: 'string', format: 'date-time', maxLength: 64 },
              },
              required: ['deleted', 'spared'],
            },
            lastEnforcedTime: { type: 'string', format: 'date-time', maxLength: 64 },
            lastScheduleTime: { type: 'string', format: 'date-time', maxLength: 64 },
            nextRunTime: { type: 'string', format: 'date-time', maxLength: 64 },
            conditions: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['type'],
              maxItems: 16,
              items: {
                type: 'object',
                properties: {
                  type: { type: 'string', minLength: 1, maxLength: 316, pattern: '^[A-Za-z0-9][-A-Za-z0-9_./]*$' },
                  status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                  observedGeneration: { type: 'integer', minimum: 0 },
                  lastTransitionTime: { type: 'string', format: 'date-time', maxLength: 64 },
                  reason: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 1024,
                    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
                  },
                  message: { type: 'string', maxLength: 32768 },
                },
                required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
              },
            },
          },
          required: ['observedGeneration'],
        },
      },
    },
  },
  DeleteRequest: {
    plural: 'deleterequests',
    singular: 'deleterequest',
    shortNames: ['delreq'],
    categories: ['coppice'],
    columns: [
      { name: 'Registry', type: 'string', jsonPath: '.spec.registryRef.name', isWide: false },
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode', isWide: false },
      { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', isWide: false },
      { name: 'Planned', type: 'integer', jsonPath: '.status.plan.manifests', isWide: false },
      { name: 'Deleted', type: 'integer', jsonPath: '.status.result.deleted', isWide: false },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', isWide: false },
      { name: 'Plan', type: 'string', jsonPath: '.status.plan.digest', isWide: true },
      { name: 'Completed', type: 'date', jsonPath: '.status.completionTime', isWide: true },
      { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', isWide: true },
    ],
    schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          rules: [
            {
              rule: 'has(self.cutoff) || self.targets.all(target, has(target.digest))',
              message:
                'cutoff is required unless every target has a digest: what is pushed later under the same name would be deleted, too',
              reason: 'FieldValueRequired',
              fieldPath: '.cutoff',
            },
            {
              rule: 'has(self.cutoff) == has(oldSelf.cutoff) && (!has(self.cutoff) || self.cutoff == oldSelf.cutoff)',
              message: 'cutoff is immutable',
              fieldPath: '.cutoff',
            },
          ],
          type: 'object',
          properties: {
            registryRef: {
              rules: [{ rule: 'self == oldSelf', message: 'registryRef is immutable' }],
              type: 'object',
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              },
              required: ['name'],
            },
            targets: {
              rules: [{ rule: 'self == oldSelf', message: 'targets are immutable' }],
              type: 'array',
              minItems: 1,
              maxItems: 100,
              items: {
                rules: [
                  {
                    rule: '!has(self.tagGlob) || (!has(self.tag) && !has(self.digest))',
                    message: 'must not have a tagGlob beside a tag or a digest',
                    fieldPath: '.tagGlob',
                  },
                  {
                    rule: "(!has(self.digest) && !has(self.tag) && !has(self.tagGlob)) || (!self.repository.contains('*') && !self.repository.contains('?'))",
                    message: 'must be the name of one repository where a digest, tag or tagGlob is given',
                    fieldPath: '.repository',
                  },
                ],
                type: 'object',
                properties: {
                  repository: {
                    rules: [
                      {
                        rule: "!self.matches('[^/][*][*]') && !self.matches('[*][*][^/]')",
                        message: '** must be a whole segment of the name',
                      },
                    ],
                    type: 'string',
                    minLength: 1,
                    maxLength: 255,
                    pattern: '^[a-z0-9_.?*-]+(/[a-z0-9_.?*-]+)*$',
                  },
                  digest: { type: 'string', maxLength: 135, pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' },
                  tag: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*$' },
                  tagGlob: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[a-zA-Z0-9_.?*-]+$' },
                },
                required: ['repository'],
              },
            },
            cutoff: { type: 'string', format: 'date-time', maxLength: 64 },
            referrers: {
              default: 'Delete',
              rules: [{ rule: 'self == oldSelf', message: 'referrers is immutable' }],
              type: 'string',
              enum: ['Delete', 'Keep'],
            },
            mode: { default: 'Preview', type: 'string', enum: ['Preview', 'Execute'] },
            approvedPlan: { type: 'string', maxLength: 135, pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})?$' },
            activeDeadlineSeconds: { type: 'integer', minimum: 1, maximum: 2147483647 },
            ttlSecondsAfterFinished: { type: 'integer', minimum: 0, maximum: 2147483647 },
            suspend: { default: false, type: 'boolean' },
            reason: { type: 'string', maxLength: 1024 },
          },
          required: ['registryRef', 'targets'],
        },
        status: {
          default: { observedGeneration: -1 },
          type: 'object',
          properties: {
            observedGeneration: { type: 'integer', minimum: -1 },
            lastHandledReconcileAt: { type: 'string', maxLength: 4096 },
            plan: {
              type: 'object',
              properties: {
                digest: { type: 'string', maxLength: 135 },
                computedAt: { type: 'string', format: 'date-time', maxLength: 64 },
                run: { type: 'string', maxLength: 63 },
                entries: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                manifests: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                tags: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                uniqueBytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                protected: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                truncated: { type: 'boolean' },
                report: { type: 'string', maxLength: 253 },
                items: {
                  type: 'array',
                  maxItems: 100,
                  items: {
                    type: 'object',
                    properties: {
                      object: { type: 'string', maxLength: 4096 },
                      fate: { type: 'string', maxLength: 64 },
                      why: { type: 'string', maxLength: 4096 },
                    },
                    required: ['object', 'fate', 'why'],
                  },
                },
              },
              required: [
                'digest',
                'computedAt',
                'run',
                'entries',
                'manifests',
                'tags',
                'uniqueBytes',
                'protected',
                'truncated',
                'items',
              ],
            },
            result: {
              type: 'object',
              properties: {
                deleted: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                alreadyAbsent: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                spared: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                failed: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                failures: {
                  type: 'array',
                  maxItems: 100,
                  items: {
                    type: 'object',
                    properties: {
                      object: { type: 'string', maxLength: 4096 },
                      message: { type: 'string', maxLength: 4096 },
                    },
                    required: ['object', 'message'],
                  },
                },
                undoableUntil: { type: 'string', format: 'date-time', maxLength: 64 },
              },
              required: ['deleted', 'alreadyAbsent', 'spared', 'failed', 'failures'],
            },
            runRef: {
              type: 'object',
              properties: {
                name: { type: 'string', maxLength: 63 },
                attempt: { type: 'integer', minimum: 1, maximum: 2147483647 },
              },
              required: ['name', 'attempt'],
            },
            startTime: { type: 'string', format: 'date-time', maxLength: 64 },
            completionTime: { type: 'string', format: 'date-time', maxLength: 64 },
            conditions: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['type'],
              maxItems: 16,
              items: {
                type: 'object',
                properties: {
                  type: { type: 'string', minLength: 1, maxLength: 316, pattern: '^[A-Za-z0-9][-A-Za-z0-9_./]*$' },
                  status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                  observedGeneration: { type: 'integer', minimum: 0 },
                  lastTransitionTime: { type: 'string', format: 'date-time', maxLength: 64 },
                  reason: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 1024,
                    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
                  },
                  message: { type: 'string', maxLength: 32768 },
                },
                required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
              },
            },
          },
          required: ['observedGeneration'],
        },
      },
    },
  },
  CollectionRun: {
    plural: 'collectionruns',
    singular: 'collectionrun',
    shortNames: ['colrun'],
    categories: ['coppice'],
    columns: [
      { name: 'Registry', type: 'string', jsonPath: '.spec.registryRef.name', isWide: false },
      { name: 'Result', type: 'string', jsonPath: '.status.conditions[?(@.type=="Succeeded")].reason', isWide: false },
      { name: 'Windows', type: 'integer', jsonPath: '.status.windows.count', isWide: false },
      { name: 'Longest(ms)', type: 'integer', jsonPath: '.status.windows.longestMs', isWide: false },
      { name: 'Reclaimed', type: 'integer', jsonPath: '.status.sweep.bytes', isWide: false },
      { name: 'Started', type: 'date', jsonPath: '.status.startTime', isWide: false },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', isWide: false },
    ],
    schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          rules: [{ rule: 'self == oldSelf', message: 'spec is immutable' }],
          type: 'object',
          properties: {
            registryRef: {
              type: 'object',
              properties: {
                name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
              },
              required: ['name'],
            },
            mode: { default: 'Preview', type: 'string', enum: ['Preview', 'Execute'] },
            untagged: { type: 'string', enum: ['Keep', 'Delete'] },
            limits: {
              type: 'object',
              properties: {
                maxDeletesPerRun: { type: 'integer', minimum: 0, maximum: 10000000 },
                maxDeletePercent: { type: 'integer', minimum: 0, maximum: 100 },
              },
            },
          },
          required: ['registryRef'],
        },
        status: {
          default: { observedGeneration: -1 },
          type: 'object',
          properties: {
            observedGeneration: { type: 'integer', minimum: -1 },
            lastHandledReconcileAt: { type: 'string', maxLength: 4096 },
            trigger: {
              type: 'object',
              properties: {
                kind: { type: 'string', enum: ['Schedule', 'Manual'] },
                scheduledTime: { type: 'string', format: 'date-time', maxLength: 64 },
              },
              required: ['kind'],
            },
            runRef: {
              type: 'object',
              properties: {
                name: { type: 'string', maxLength: 63 },
                attempt: { type: 'integer', minimum: 1, maximum: 2147483647 },
              },
              required: ['name', 'attempt'],
            },
            progress: {
              type: 'object',
              properties: {
                phase: { type: 'string', maxLength: 64 },
                done: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                total: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                estimatedSeconds: { type: 'number', minimum: 0 },
              },
              required: ['phase', 'done', 'total'],
            },
            executor: {
              type: 'object',
              properties: { life: { type: 'string', maxLength: 256 }, instance: { type: 'string', maxLength: 256 } },
              required: ['instance'],
            },
            windows: {
              type: 'object',
              properties: {
                count: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                longestMs: { type: 'number', minimum: 0 },
              },
              required: ['count', 'longestMs'],
            },
            mark: {
              type: 'object',
              properties: {
                manifests: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                blobs: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                seconds: { type: 'number', minimum: 0 },
              },
              required: ['manifests', 'blobs', 'seconds'],
            },
            sweep: {
              type: 'object',
              properties: {
                suspects: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                removed: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                spared: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              },
              required: ['suspects', 'removed', 'spared', 'bytes'],
            },
            audit: {
              type: 'object',
              properties: {
                manifests: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                missing: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              },
              required: ['manifests', 'missing'],
            },
            report: { type: 'string', maxLength: 253 },
            startTime: { type: 'string', format: 'date-time', maxLength: 64 },
            completionTime: { type: 'string', format: 'date-time', maxLength: 64 },
            conditions: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['type'],
              maxItems: 16,
              items: {
                type: 'object',
                properties: {
                  type: { type: 'string', minLength: 1, maxLength: 316, pattern: '^[A-Za-z0-9][-A-Za-z0-9_./]*$' },
                  status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                  observedGeneration: { type: 'integer', minimum: 0 },
                  lastTransitionTime: { type: 'string', format: 'date-time', maxLength: 64 },
                  reason: {
                    type: 'string',
                    minLength: 1,
                    maxLength: 1024,
                    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
                  },
                  message: { type: 'string', maxLength: 32768 },
                },
                required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
              },
            },
          },
          required: ['observedGeneration'],
        },
      },
    },
  },
};
