import { readFileSync } from 'node:fs';
import { codeOf } from './failure.ts';

const grammar = /^[0-9a-f-]{36}$/;

/**
 * Which start of which machine this is, the same in every container on it: what a process wrote to a file without a sync is there for whoever reads it under
 * the same kernel, however that process ended. `undefined` where the system does not say (all but Linux).
 */
export function kernelId(): string | undefined {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return grammar.test(id) ? id : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
