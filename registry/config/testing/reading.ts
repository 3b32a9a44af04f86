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

/** With the keys of the file that the image `registry:3` ships. */
export const shippedByVersion3 = `
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
  tag:
    concurrencylimit: 8
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
