import type { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { ReplicaConfig } from '../config/configuration.ts';

/** Events with fields under constant messages; `text` writes them as logfmt, one line each. */
export function openLog({ level, formatter, fields }: ReplicaConfig['log'], to: Writable): Logger {
  // A copy: what the configuration gives inherits nothing, and pino asks its fields for methods.
  const options = { level, base: { ...fields }, formatters: { level: (label: string) => ({ level: label }) } };
  return pino(options, formatter === 'text' ? logfmt(to) : to);
}

function logfmt(to: Writable): DestinationStream {
  return {
    write(line) {
      const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const at = typeof time === 'number' ? new Date(time).toISOString() : '';
      const pairs = Object.entries({ time: at, level, msg, ...fields }).map(
        ([name, value]) => `${name}=${shown(value)}`,
      );
      to.write(`${pairs.join(' ')}\n`);
    },
  };
}

function shown(value: unknown): string {
  const error = value as { readonly type?: unknown; readonly message?: unknown; readonly stack?: unknown } | null;
  const isError = typeof error === 'object' && typeof error?.stack === 'string';
  if (isError) return JSON.stringify(`${String(error.type)}: ${String(error.message)}`);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[A-Za-z0-9._:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
