import type { AnyResource } from '../resources/home.ts';

/** Events with fields; a pino logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What becomes of an object on disk. */
export type Write =
  { readonly is: 'kept'; readonly object: AnyResource } | { readonly is: 'gone'; readonly object: AnyResource };

/** Where objects outlast the process. */
export interface Keeper {
  /**
   * Makes each write durable, and says for each what hindered it (`undefined`: nothing). Never called for one object while an earlier call for it goes
   * on; calls for different objects may overlap.
   */
  keep(writes: readonly Write[]): Promise<readonly (Error | undefined)[]>;
  /** Makes it durable that resource versions up to this one may be in use. */
  reserve(version: number): Promise<void>;
}
