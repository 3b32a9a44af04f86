import { readConfiguration, type ReplicaConfig } from '../configuration.ts';
import { ConfigurationError } from '../mistake.ts';
import type { Environment } from '../variables.ts';

export function read(file: string | undefined, environment: Environment = {}): ReplicaConfig {
  return readConfiguration('config.yml', file, environment);
}

/** What it is refused for, `KEY: WHY`. */
export function mistakes(file: string | undefined, environment: Environment = {}): readonly string[] {
  try {
    read(file, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes.map(({ key, says }) => `${key}: ${says}`);
    throw error;
  }
  return [];
}

/** With the keys of the file that the image `registry:2` ships. */
export const shippedByVersion2 = `
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;

/** With those of `registry:3`. */
export const shippedByVersion3 = shippedByVersion2.replace('http:', '  tag:\n    concurrencylimit: 8\nhttp:');
